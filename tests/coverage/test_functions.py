"""Every function of keras.ops and every application is reachable from YAML."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from kerascfg.model import build_model, check_model
from kerascfg.naming import Found, find

from . import enumeration as keras_api

pytestmark = pytest.mark.slow

# The smallest images that each takes without its head of 1,000 classes.
SMALLEST = {
    "EfficientNetB": 32,
    "InceptionResNetV2": 75,
    "InceptionV3": 75,
    "Xception": 71,
    "MobileNet": 32,
    "NASNet": 32,
}


def public_functions(module: Any) -> list[str]:
    return sorted(
        name
        for name in dir(module)
        if not name.startswith("_") and inspect.isfunction(getattr(module, name))
    )


def test_every_function_of_keras_ops_is_found_by_its_name_with_its_arguments():
    import keras

    for name in public_functions(keras.ops):
        found = find(name, "op", "node.op")
        assert isinstance(found, Found), found
        given = inspect.signature(getattr(keras.ops, name)).parameters.values()
        if name == "get_item":  # kerascfg's own, which takes Python's notation
            continue
        known = {*found.signature.arguments, found.signature.variadic}
        assert {p.name for p in given if p.kind is not p.VAR_KEYWORD} <= known, name


def test_every_function_of_keras_ops_passes_the_check_of_a_model():
    import keras

    for name in public_functions(keras.ops):
        found = find(name, "op", "node.op")
        assert isinstance(found, Found)
        takes = dict.fromkeys(found.signature.required, "x") or "x"
        if name == "get_item":
            takes = "x"
        node = {"op": name, "inputs": takes, **({"key": "[0]"} if name == "get_item" else {})}
        model = {"inputs": {"x": {"shape": [3]}}, "layers": {"it": node}}
        assert check_model(model) == [], name


def test_every_application_passes_the_check_of_a_model():
    import keras

    names = [n for n in public_functions(keras.applications) if n[0].isupper()]
    assert len(names) >= 40
    for name in names:
        assert check_model(model_of(name)) == [], name


@pytest.mark.parametrize("name", ["ResNet50", "MobileNetV2", "EfficientNetV2B0", "ConvNeXtTiny"])
def test_a_misspelled_argument_of_an_application_is_found(name: str):
    model = model_of(name)
    model["layers"]["it"]["includetop"] = True
    (problem,) = check_model(model)
    assert problem.path == "model.layers.it.includetop"


def test_each_larger_application_has_the_parameters_of_the_one_from_python():
    import keras

    for name, parameters in keras_api.read("applications").items():
        keras.utils.clear_session(free_memory=True)
        assert build_model(model_of(name), {}).get_layer("it").count_params() == parameters, name


def test_each_smaller_application_is_the_one_from_python():
    import keras

    named = {n for n in public_functions(keras.applications) if n[0].isupper()}
    for name in sorted(named - keras_api.read("applications").keys()):
        keras.utils.clear_session(free_memory=False)
        made = build_model(model_of(name), {}).get_layer("it")
        keras.utils.clear_session(free_memory=False)
        size = size_of(name)
        constructor = getattr(keras.applications, name)
        expected = constructor(
            include_top=False, weights=None, input_shape=(size, size, 3), pooling="avg"
        )
        assert made.count_params() == expected.count_params(), name
        assert made.output_shape == expected.output_shape, name
        given, wanted = made.get_config(), expected.get_config()
        assert given.pop("name") == "it"
        wanted.pop("name")
        assert given == wanted, name


def size_of(name: str) -> int:
    return next((size for part, size in SMALLEST.items() if name.startswith(part)), 32)


def model_of(name: str) -> dict[str, Any]:
    node = {
        "type": f"keras.applications.{name}",
        "include_top": False,
        "weights": None,
        "pooling": "avg",
    }
    size = size_of(name)
    return {"inputs": {"image": {"shape": [size, size, 3]}}, "layers": {"it": node}}
