"""Every public class of the installed Keras is reachable from YAML, with its arguments."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from kerascfg.model import build_model, check_model
from kerascfg.naming import Found, build_node, check_node, find

from . import enumeration as keras_api

pytestmark = pytest.mark.slow

CASES = [
    (module, name) for module in keras_api.AREAS for name in keras_api.arguments_by_class(module)
]
IN_GRAPHS = [
    (group, name)
    for group, content in keras_api.read("layers").items()
    if content["inputs"]
    for name in content["layers"]
]

STATES = {"ConvLSTM1D": "it.1", "LSTM": "it.1", "RNN": "it.1.0"}
"""Layers whose case returns states: which of them leaves the graph."""
NEEDED = {
    "CategoryEncoding": "num_tokens",
    "Discretization": "bin_boundaries",
    "InputLayer": "shape",
}
"""Arguments with a default that the constructor refuses."""


@pytest.fixture(autouse=True)
def fresh_names():
    """Let both objects of a case count their automatic names and draw their seeds alike."""
    start_afresh()


def start_afresh() -> None:
    import keras

    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(1)


@pytest.mark.parametrize("module", keras_api.AREAS)
def test_each_class_of_keras_has_a_case_or_a_reason_why_not(module: str):
    classes = keras_api.public_classes(module)
    cases, reasons = keras_api.arguments_by_class(module), keras_api.read("exceptions")[module]
    told = {classes[name] for name in (*cases, *reasons)}
    missing = sorted({thing.__name__ for thing in classes.values() if thing not in told})
    assert not missing, (
        f"keras.{module} has {', '.join(missing)} without a case: add arguments that are not the "
        "defaults to tests/coverage/cases, or a reason to exceptions.yaml and docs/coverage.md"
    )
    assert not cases.keys() & reasons.keys()


@pytest.mark.parametrize(("module", "name"), CASES)
def test_an_object_from_yaml_is_the_one_from_python(module: str, name: str):
    area, arguments = keras_api.AREAS[module], keras_api.arguments_by_class(module)[name]
    node = {"type": name, **arguments}
    assert check_node(node, area, "node") == []
    if name == "OrbaxCheckpoint":
        pytest.importorskip("orbax.checkpoint", reason="its constructor asks for orbax-checkpoint")
    made = build_node(node, area, "node")
    start_afresh()
    expected = keras_api.in_python(name, module, arguments)
    assert type(made) is type(expected)
    np.testing.assert_equal(keras_api.state_of(made), keras_api.state_of(expected))


@pytest.mark.parametrize(("module", "name"), CASES)
def test_the_arguments_of_a_case_are_not_the_defaults(module: str, name: str):
    area, arguments = keras_api.AREAS[module], keras_api.arguments_by_class(module)[name]
    found = find(name, area, "node")
    assert isinstance(found, Found)
    optional = found.signature.arguments.keys() - set(found.signature.required)
    if not optional:
        return
    given = optional & arguments.keys()
    assert given, f"{name} can be told {', '.join(sorted(optional))}, but its case states none"
    required = {key: value for key, value in arguments.items() if key not in given}
    if name == "OrbaxCheckpoint":
        pytest.importorskip("orbax.checkpoint", reason="its constructor asks for orbax-checkpoint")
    if name in NEEDED:
        required[NEEDED[name]] = arguments[NEEDED[name]]
    made = build_node({"type": name, **arguments}, area, "node")
    start_afresh()
    with_defaults = build_node({"type": name, **required}, area, "node")
    assert differs(keras_api.state_of(made), keras_api.state_of(with_defaults))


@pytest.mark.parametrize(("group", "name"), IN_GRAPHS)
def test_a_layer_in_a_graph_is_called_as_in_python(group: str, name: str):
    import keras

    content = keras_api.read("layers")[group]
    takes, arguments = content.get("takes", "x"), content["layers"][name]
    node = {**arguments, "type": name, "inputs": takes}
    model = {"inputs": content["inputs"], "layers": {"it": node}}
    if name in STATES:
        model["outputs"] = ["it.0", STATES[name]]
    assert check_model(model) == []
    made = build_model(model, {})
    start_afresh()
    named = {"name": "it", **arguments}
    layer = keras_api.in_python(name, "layers", named)
    tensors = {
        key: keras.Input(tuple(spec["shape"]), dtype=spec.get("dtype"), name=key)
        for key, spec in content["inputs"].items()
    }
    called = call(layer, takes, tensors)
    found = made.get_layer(named["name"])
    np.testing.assert_equal(keras_api.config_of(found), keras_api.config_of(layer))
    shapes = [tuple(tensor.shape) for tensor in keras.tree.flatten(called)]
    assert [tuple(t.shape) for t in keras.tree.flatten(found.output)] == shapes
    assert found.count_params() == layer.count_params()


@pytest.mark.parametrize("module", keras_api.AREAS)
def test_an_alias_is_its_class(module: str):
    known = keras_api.arguments_by_class(module)
    area = keras_api.AREAS[module]
    for name, thing in keras_api.public_classes(module).items():
        if any(thing is keras_api.public_classes(module)[case] for case in known):
            found = find(name, area, "node")
            assert isinstance(found, Found), found
            assert getattr(importlib.import_module(found.module), found.name) is thing


def call(layer: Any, takes: Any, tensors: dict[str, Any]) -> Any:
    match takes:
        case list():
            return layer([tensors[name] for name in takes])
        case dict():
            return layer(**{key: tensors[name] for key, name in takes.items()})
        case _:
            return layer(tensors[takes])


def differs(one: Any, other: Any) -> bool:
    try:
        np.testing.assert_equal(one, other)
    except AssertionError:
        return True
    return False
