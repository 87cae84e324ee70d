"""Every constructor of keras.applications has its file, and builds without weights."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import kerascfg
from kerascfg.errors import ConfigError
from kerascfg.model import build_model
from kerascfg.naming.source import public_names
from tests.conf.files import ConfFile, of_group

BACKBONES = of_group("backbone")
_LARGER = {"inception_v3": 75, "inception_resnet_v2": 75, "xception": 71}
"""Keras refuses smaller pictures for these; 32 pixels do for the others."""


@cache
def layers_of(file: ConfFile) -> dict[str, dict]:
    config = kerascfg.load(["model=transfer", f"backbone={file.name}"])
    return config["model"]["layers"]


def test_every_constructor_has_one_file():
    constructors = {name for name in public_names("keras.applications") if name[0].isupper()}
    stated = [layers_of(file)["backbone"]["type"].split(".")[-1] for file in BACKBONES]
    assert sorted(stated) == sorted(constructors)


@pytest.mark.parametrize("file", BACKBONES, ids=str)
def test_a_backbone_replaces_both_of_its_nodes(file: ConfFile):
    layers = layers_of(file)
    assert layers["backbone"].keys() == {"type", "include_top", "weights", "call"}
    assert layers["scale"].keys() in ({"op"}, {"type"})
    assert layers["backbone"]["weights"] == "imagenet"
    assert file.needs == "network"


def test_a_backbone_needs_a_model_that_has_its_nodes():
    with pytest.raises(ConfigError, match="expected a model with scale and backbone"):
        kerascfg.load(["model=cnn", "backbone=vgg16"])


@pytest.mark.slow
@pytest.mark.parametrize("file", BACKBONES, ids=str)
def test_a_backbone_builds_without_weights(file: ConfFile):
    import keras

    side = _LARGER.get(file.name, 32)
    layers = dict(layers_of(file))
    layers["resize"] = {**layers["resize"], "height": side, "width": side}
    layers["backbone"] = {**layers["backbone"], "weights": None}
    layers["head"] = {"type": "Dense", "units": 3}
    # Within this scope variables get no memory: the largest would take gigabytes.
    with keras.StatelessScope():
        model = build_model({"inputs": {"image": {"shape": [40, 50, 3]}}, "layers": layers}, {})
    assert model.output_shape == (None, 3)
    assert model.get_layer("backbone").input_shape == (None, side, side, 3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "file", [file for file in BACKBONES if "type" in layers_of(file)["scale"]], ids=str
)
def test_a_backbone_with_identity_for_scale_scales_by_itself(file: ConfFile):
    import importlib

    from kerascfg.naming import find

    found = find(layers_of(file)["backbone"]["type"], "layer", "")
    module = importlib.import_module(found.definition.module)
    pixels = np.full((1, 2, 2, 3), 200.0)
    assert np.array_equal(module.preprocess_input(pixels), pixels)


@pytest.mark.slow
@pytest.mark.parametrize(
    "op", sorted({layers_of(file)["scale"].get("op", "") for file in BACKBONES} - {""})
)
def test_preprocessing_is_the_same_after_saving(op: str, tmp_path: Path):
    import keras

    model = build_model(
        {"inputs": {"image": {"shape": [2, 2, 3]}}, "layers": {"scale": {"op": op}}}, {}
    )
    model.save(tmp_path / "model.keras")
    again: keras.Model = keras.saving.load_model(tmp_path / "model.keras")
    pixels = np.arange(12, dtype="float32").reshape(1, 2, 2, 3) * 20
    expected = pixels.copy()
    module, _, name = op.rpartition(".")
    expected = getattr(__import__(module, fromlist=[name]), name)(expected)
    np.testing.assert_allclose(model.predict(pixels, verbose=0), expected, atol=1e-4)
    np.testing.assert_allclose(again.predict(pixels, verbose=0), expected, atol=1e-4)
