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


def test_the_dtypes_are_those_of_keras():
    import keras

    policies = {"mixed_float16", "mixed_bfloat16"}
    assert all(keras.dtype_policies.get(name) for name in policies)
    dtypes = identifiers("dtype policy") - policies
    assert len(dtypes) > 15
    assert all(keras.backend.standardize_dtype(name) for name in dtypes)


REQUIRED = {
    **dict.fromkeys(("units", "filters", "kernel_size", "output_dim", "num_heads", "key_dim"), 2),
    **dict.fromkeys(("head_dim", "num_query_heads", "num_key_value_heads", "n", "axes", "k"), 2),
    **dict.fromkeys(("num_bins", "output_size", "mean_magnitude", "num_classes", "axis"), 2),
    **dict.fromkeys(("rate", "stddev", "factor", "height_factor", "width_factor"), 0.5),
    **dict.fromkeys(("learning_rate", "initial_learning_rate", "decay_rate", "recall"), 0.5),
    **dict.fromkeys(("precision", "sensitivity", "specificity", "scale"), 0.5),
    **dict.fromkeys(("input_dim", "height", "width", "decay_steps", "first_decay_steps"), 4),
    **{"target_shape": [4], "dims": [1], "boundaries": [1], "values": [0.1, 0.2]},
    **{"equation": "ab,bc->ac", "output_shape": 4, "target_class_ids": [0]},
}
"""Values for arguments that must be given, whatever class asks for them."""


ABSTRACT = ("LearningRateSchedule", "Regularizer")


def made_with_defaults(module: str):
    """Yield the signature of each class that can be made, and an object of it."""
    for name, thing in public_objects(module):
        definition = find_definition(module, name)
        signature = signature_of(definition) if definition else None
        if not inspect.isclass(thing) or signature is None or name in ABSTRACT:
            continue
        if all(key in REQUIRED for key in signature.required):
            try:
                made = thing(**{key: REQUIRED[key] for key in signature.required})
            except (TypeError, ValueError):
                continue  # wants one of several optional arguments
            yield name, signature, made


@pytest.mark.parametrize("module", MODULES)
def test_no_null_by_default_is_refused(module: str):
    for name, _ in public_objects(module):
        definition = find_definition(module, name)
        assert definition is not None
        signature = signature_of(definition)
        for argument, kind in signature.kinds.items():
            if signature.arguments.get(argument, ...) is None:
                assert kind.check(None, argument) is None, f"{name}.{argument}=null"


@pytest.mark.parametrize(
    "module", ["keras.layers", "keras.optimizers", "keras.optimizers.schedules", "keras.losses",
               "keras.metrics", "keras.initializers", "keras.regularizers", "keras.constraints"],
)  # fmt: skip
def test_nothing_that_keras_writes_is_refused(module: str):
    objects = 0
    for name, signature, made in made_with_defaults(module):
        for argument, value in made.get_config().items():
            value = list(value) if isinstance(value, tuple) else value
            if argument in signature.kinds:
                problem = signature.kinds[argument].check(value, argument)
                assert problem is None, f"{name}.{problem}"
        objects += 1
    assert objects > 2
