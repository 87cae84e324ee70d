from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def layer(**arguments: Any) -> Any:
    from kerascfg.layers import ClassToken

    return ClassToken(**arguments)


def test_the_vector_stands_in_front_of_every_sequence():
    values = np.random.default_rng(0).random((2, 3, 4), "float32")
    token = layer(token_initializer="ones")
    np.testing.assert_array_equal(token(values)[:, 1:], values)
    np.testing.assert_array_equal(token(values)[:, 0], np.ones((2, 4)))
    assert token.count_params() == 4


def test_a_mask_grows_by_a_step_that_counts():
    import keras

    embedded = keras.layers.Embedding(9, 4, mask_zero=True)(np.array([[5, 0], [6, 7]]))
    mask = layer()(embedded)._keras_mask
    np.testing.assert_array_equal(mask, [[True, True, False], [True, True, True]])


def test_shapes_are_known_for_sequences_of_any_length():
    import keras

    assert layer()(keras.Input((None, 4))).shape == (None, None, 4)
    assert layer()(keras.Input((3, 4))).shape == (None, 4, 4)


def test_the_config_makes_the_same_layer():
    token = layer(token_initializer="ones", name="cls")
    assert type(token).from_config(token.get_config()).get_config() == token.get_config()
