"""What is read from Keras's source against Keras itself, whichever version is installed."""

from __future__ import annotations

import importlib
import inspect

import pytest

from kerascfg.naming.areas import NAMEABLE
from kerascfg.naming.identifiers import identifiers
from kerascfg.naming.signatures import signature_of
from kerascfg.naming.source import find_definition

pytestmark = pytest.mark.slow
MODULES = (*NAMEABLE["keras"], "keras.optimizers.schedules")


def public_objects(module: str):
    for name, thing in vars(importlib.import_module(module)).items():
        if not name.startswith("_") and callable(thing) and not inspect.ismodule(thing):
            yield name, thing


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_found_with_its_named_arguments(module: str):
    names = 0
    for name, thing in public_objects(module):
        definition = find_definition(module, name)
        assert definition is not None, name
        found = set(signature_of(definition).arguments)
        parameters = inspect.signature(thing).parameters.values()
        named = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        takes_more = any(p.kind is p.VAR_KEYWORD for p in parameters)
        assert (named <= found) if takes_more else (named == found), name
        names += 1
    assert names > 5


@pytest.mark.parametrize("module", MODULES)
def test_no_default_is_refused_by_what_the_documentation_says(module: str):
    for name, thing in public_objects(module):
        definition = find_definition(module, name)
        assert definition is not None
        signature = signature_of(definition)
        parameters = inspect.signature(thing).parameters
        for argument, kind in signature.kinds.items():
            default = parameters[argument].default if argument in parameters else None
            if default not in (None, inspect.Parameter.empty):
                assert kind.check(default, argument) is None, f"{name}.{argument}={default!r}"


@pytest.mark.parametrize("area", ["activation", "initializer", "regularizer", "constraint"])
def test_the_identifiers_are_those_of_keras(area: str):
    table = importlib.import_module(f"keras.src.{area}s").ALL_OBJECTS_DICT
    assert identifiers(area) == set(table)
