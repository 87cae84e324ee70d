from __future__ import annotations

import numpy as np
import pytest
import yaml

from kerascfg.errors import ConfigError
from kerascfg.model import build_model

pytestmark = pytest.mark.slow


def batches(names: tuple[str, ...]):
    import tensorflow as tf

    arrays = {
        "x": np.array([[1.0], [3.0], [5.0]], "float32"),
        "text": np.array(["a", "b", "a"]),
    }
    return tf.data.Dataset.from_tensor_slices({name: arrays[name] for name in names}).batch(2)


def built(text: str, fed=batches):
    return build_model(yaml.safe_load(text), {}, batches=fed)


def test_a_layer_is_adapted_to_every_training_sample():
    model = built("{inputs: {x: {shape: [1]}}, layers: {norm: Normalization}}")
    np.testing.assert_allclose(model(np.array([[3.0]])), [[0]], atol=1e-6)


def test_a_layer_is_adapted_on_the_tensor_that_feeds_it():
    model = built(
        """
        inputs: {x: {shape: [1]}}
        layers: {big: {op: multiply, inputs: [x, 100.0]}, norm: Normalization}
        """
    )
    np.testing.assert_allclose(model.get_layer("norm").mean, [[300]], rtol=1e-5)


def test_a_layer_whose_state_is_given_is_left_alone():
    model = built(
        "{inputs: {x: {shape: [1]}}, layers: {norm: {type: Normalization, mean: 0, variance: 4}}}",
        None,
    )
    np.testing.assert_allclose(model(np.array([[3.0]])), [[1.5]], rtol=1e-5)


def test_a_vocabulary_sizes_what_follows():
    model = built(
        """
        inputs: {text: {shape: [], dtype: string}}
        layers: {code: {type: StringLookup, output_mode: one_hot}, head: {type: Dense, units: 1}}
        """
    )
    assert model.get_layer("head").kernel.shape == (3, 1)  # unknown, a, b


def test_without_data_the_layer_that_needs_it_is_named():
    with pytest.raises(ConfigError, match=r"model\.layers\.norm: Normalization is adapted"):
        built("{inputs: {x: {shape: [1]}}, layers: {norm: Normalization}}", None)
