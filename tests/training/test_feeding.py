"""Batches fit outputs that hold several answers a sample."""

from __future__ import annotations

import numpy as np
import pytest

from kerascfg.training.feeding import feeder

pytestmark = pytest.mark.slow

PIXELS = np.random.default_rng(0).random((4, 6, 5, 2), "float32")
WEIGHTS = np.array([2.0, 1.0, 1.0, 0.0], "float32")


@pytest.mark.parametrize(
    ("units", "loss", "shape"),
    [
        (3, "SparseCategoricalCrossentropy", (6, 5)),
        (3, "MeanSquaredError", (6, 5, 3)),
        (1, "BinaryCrossentropy", (6, 5)),
        (1, "MeanSquaredError", (6, 5, 1)),
    ],
)
def test_every_pixel_counts_what_its_sample_counts(units: int, loss: str, shape: tuple[int, ...]):
    import keras

    inputs = keras.Input((6, 5, 2), name="image")
    activation = "softmax" if units > 1 else "sigmoid"
    model = keras.Model(inputs, keras.layers.Dense(units, activation=activation)(inputs))
    model.compile(loss=loss, weighted_metrics=[loss])
    target = np.random.default_rng(1).integers(0, 2, (4, *shape))
    feed = feeder(model, ("mask",), {"loss": loss})
    x, y, weights = feed({"image": PIXELS}, {"mask": target}, WEIGHTS)
    found = model.evaluate(x, y, sample_weight=weights, verbose=0, return_dict=True)
    compare = getattr(keras.losses, loss)(reduction=None)
    answers = model(PIXELS)
    truth = target[..., None] if units == 1 and len(shape) == 2 else target
    each = np.asarray(compare(truth, answers)).mean(axis=(1, 2))
    expected = (each * WEIGHTS).sum() / 4
    np.testing.assert_allclose(list(found.values()), expected, rtol=1e-5)


def test_one_answer_a_sample_keeps_its_weights():
    import keras

    inputs = keras.Input((2,), name="facts")
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    feed = feeder(model, ("wage",), {"loss": "MeanSquaredError"})
    _, y, weights = feed({"facts": PIXELS[:, 0, 0]}, {"wage": WEIGHTS[:, None]}, WEIGHTS)
    assert weights is WEIGHTS and y.shape == (4, 1)
