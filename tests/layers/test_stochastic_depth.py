from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow

ONES = np.ones((1000, 2, 3), "float32")


def layer(**arguments: Any) -> Any:
    from kerascfg.layers import StochasticDepth

    return StochasticDepth(**arguments)


def test_a_sample_is_left_out_whole_or_scaled_up():
    made = np.asarray(layer(rate=0.2, seed=1)(ONES, training=True)).reshape(1000, -1)
    np.testing.assert_array_equal(made.min(axis=1), made.max(axis=1))
    assert set(made[:, 0].tolist()) == {0.0, 1.25}
    assert 0.15 < np.mean(made[:, 0] == 0) < 0.25


def test_nothing_happens_outside_of_training_and_at_rate_zero():
    np.testing.assert_array_equal(layer(rate=0.5)(ONES), ONES)
    np.testing.assert_array_equal(layer(rate=0.0)(ONES, training=True), ONES)


def test_a_model_hands_its_mode_on():
    import keras

    entering = keras.Input((2, 3))
    model = keras.Model(entering, layer(rate=0.5, seed=1)(entering))
    assert model.output_shape == (None, 2, 3)
    np.testing.assert_array_equal(model(ONES, training=False), ONES)
    assert np.any(np.asarray(model(ONES, training=True)) == 0)


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_a_rate_that_is_none_is_refused(rate: float):
    with pytest.raises(ValueError, match="expected a rate from 0 to below 1"):
        layer(rate=rate)


def test_the_config_makes_the_same_layer():
    dropped = layer(rate=0.1, seed=3)
    assert type(dropped).from_config(dropped.get_config()).get_config() == dropped.get_config()
