from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import yaml

from kerascfg.model.from_keras import (
    compare,
    copy_weights,
    fold,
    open_source,
    read_model,
    write_yaml,
)
from kerascfg.model.from_keras.rebuilding import outputs_of, rebuild, sample_of

pytestmark = pytest.mark.slow

APPLICATIONS = [name for name in dir(keras.applications) if name[0].isupper()]
SMALLEST = {"InceptionV3": 75, "InceptionResNetV2": 75, "Xception": 71}
FIXED = {"NASNetLarge": 331, "NASNetMobile": 224}  # they refuse others while they have a head


def disturbed(model: keras.Model) -> keras.Model:
    """Move what starts as zeros and ones (biases, statistics), so that no mistake hides there."""
    generator = np.random.default_rng(0)
    for variable in model.variables:
        if "float" in str(variable.dtype) and np.prod(variable.shape) < 10_000:
            noise = generator.uniform(0.9, 1.1, variable.shape).astype("float32")
            variable.assign(variable * noise + 0.01 * (noise - 0.9))
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    return model


def texts(model: keras.Model) -> str:
    return write_yaml(fold(read_model(model)))


def assert_rebuilt_is_equal(model: keras.Model) -> None:
    described = yaml.safe_load(texts(model))
    built = rebuild(described)
    assert built.model.count_params() == model.count_params()
    names = list(built.graph.outputs)
    copy_weights(model, built.model, names)
    sample = {name: sample_of(spec) for name, spec in described["inputs"].items()}
    expected = outputs_of(model, list(sample.values()))
    received = outputs_of(built.model, sample, names)
    assert [a.dtype for a in expected] == [a.dtype for a in received]
    assert all(np.array_equal(a, b) for a, b in zip(expected, received, strict=True))
    assert all(np.isfinite(a).all() for a in expected)


@pytest.fixture(autouse=True)
def _clear():
    yield
    keras.utils.clear_session()


@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_application_returns_the_same(name: str):
    size = SMALLEST.get(name, 64)
    arguments: dict[str, Any] = {"classes": 10, "input_shape": (size, size, 3)}
    if name in FIXED:
        arguments["include_top"] = False
    model = getattr(keras.applications, name)(weights=None, **arguments)
    assert_rebuilt_is_equal(disturbed(model))


def test_a_functional_model_returns_the_same(model: keras.Model):
    assert_rebuilt_is_equal(disturbed(model))


def test_a_saved_model_reads_as_it_did(model: keras.Model, tmp_path: Path):
    model.save(tmp_path / "model.keras")
    assert texts(open_source(str(tmp_path / "model.keras"))) == texts(model)


def test_a_vocabulary_that_was_learnt_is_written():
    word = keras.Input((1,), dtype="string", name="word")
    lookup = keras.layers.StringLookup(name="lookup", output_mode="one_hot")
    lookup.adapt([["b"], ["a"], ["b"]])
    model = keras.Model(word, keras.layers.Dense(2, name="head")(lookup(word)))
    described = read_model(model)
    assert described["layers"]["lookup"] == {
        "type": "StringLookup",
        "vocabulary": ["b", "a"],
        "output_mode": "one_hot",
    }
    assert "outputs not compared, since an input takes texts" in compare(model, described)
