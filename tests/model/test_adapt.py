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


@pytest.mark.parametrize(
    "layer",
    [
        "{type: StringLookup}",
        "{type: StringLookup, output_mode: tf_idf}",
        "{type: TextVectorization, split: null, output_mode: multi_hot}",
    ],
)
def test_texts_that_keras_loses_in_a_file_are_there_when_a_model_is_loaded(layer: str, tmp_path):
    import keras
    import tensorflow as tf

    texts = ["Ulm", "Ulm", "two\nlines", "two\u2028parts", "Ulm", "two\nlines", ""]

    def fed(names: tuple[str, ...]):
        return tf.data.Dataset.from_tensor_slices({"text": [[text] for text in texts]}).batch(2)

    inputs = "{inputs: {text: {shape: [1], dtype: string}}"
    model = built(f"{inputs}, layers: {{code: {layer}}}}}", fed)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    given = tf.constant([[text] for text in texts])
    assert np.array_equal(loaded(given), model(given))
    code, same = (each.get_layer("code") for each in (model, loaded))
    assert same.get_vocabulary() == code.get_vocabulary()


def test_without_data_the_layer_that_needs_it_is_named():
    with pytest.raises(ConfigError, match=r"model\.layers\.norm: Normalization is adapted"):
        built("{inputs: {x: {shape: [1]}}, layers: {norm: Normalization}}", None)
