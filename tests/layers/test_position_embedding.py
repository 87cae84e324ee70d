from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def layer(**arguments: Any) -> Any:
    from kerascfg.layers import PositionEmbedding

    return PositionEmbedding(**arguments)


def test_each_position_gets_its_vector_added():
    values = np.random.default_rng(0).random((2, 3, 4), "float32")
    positions = layer()
    made = np.asarray(positions(values))
    np.testing.assert_allclose(made, values + np.asarray(positions.embeddings)[None], rtol=1e-6)
    assert positions.count_params() == 12


def test_shorter_sequences_take_the_first_vectors():
    import keras

    entering = keras.Input((None, 4))
    positions = layer(length=5)
    model = keras.Model(entering, positions(entering))
    assert model.output_shape == (None, None, 4)
    for steps in (2, 5):
        made = np.asarray(model(np.zeros((1, steps, 4))))
        np.testing.assert_array_equal(made[0], np.asarray(positions.embeddings)[:steps])


@pytest.mark.parametrize(
    ("arguments", "shape", "words"),
    [({}, (None, 4), "expected `length`"), ({"length": 2}, (3, 4), "at most length=2")],
)
def test_positions_without_a_vector_are_refused(arguments: Any, shape: Any, words: str):
    import keras

    with pytest.raises(ValueError, match=words):
        layer(**arguments)(keras.Input(shape))


def test_a_mask_passes_through():
    import keras

    embedded = keras.layers.Embedding(9, 4, mask_zero=True)(np.array([[5, 0]]))
    np.testing.assert_array_equal(layer()(embedded)._keras_mask, [[True, False]])


def test_the_config_makes_the_same_layer():
    positions = layer(length=7, embeddings_initializer="zeros")
    assert type(positions).from_config(positions.get_config()).get_config() == (
        positions.get_config()
    )
