"""With sample weights, what Keras reports is the weighted mean, and training follows it."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CODE = """
import keras, numpy as np
from kerascfg.data import open_data

config = {"source": {"type": "csv", "path": PATH}, "target": "grower", "features": ["alcohol"],
          "weight": "magnesium", "batch_size": 50}
data = open_data(config, task="classification", seed=0)
both = {**config, "features": ["alcohol", "magnesium"]}
weight_of = open_data(both, task="classification", seed=0)

def make():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((), name="alcohol")
    outputs = keras.layers.Dense(3, name="grower")(keras.ops.expand_dims(inputs - 13, -1))
    model = keras.Model({"alcohol": inputs}, {"grower": outputs})
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss=loss, weighted_metrics={"grower": ["accuracy"]})
    return model

model = make()
for split in ("train", "validation", "test"):
    batches, steps = data.evaluation_batches(split, replicas=3)
    seen = model.evaluate(batches, steps=steps, verbose=0, return_dict=True)
    x, y = data.arrays(split)
    weights = weight_of.arrays(split)[0]["magnesium"]
    logits = model.predict(x, verbose=0)["grower"]
    losses = keras.losses.sparse_categorical_crossentropy(y["grower"], logits, from_logits=True)
    exact = float(np.average(losses, weights=weights))
    assert abs(seen["loss"] - exact) < 1e-5 * exact, (split, seen, exact)
    right = float(np.average(logits.argmax(-1) == y["grower"], weights=weights))
    assert abs(seen["accuracy"] - right) < 1e-6, (split, seen, right)

whole = {**config, "batch_size": 1000}  # one step takes all rows: the gradient of the weighted mean
ours, theirs = make(), make()
data = open_data(whole, task="classification", seed=0)
ours.fit(data.training_batches(), steps_per_epoch=1, epochs=3, verbose=0)
x, y = weight_of.arrays("train")
weights = x.pop("magnesium")
theirs.fit(x, y, sample_weight=weights / weights.mean(), batch_size=1000, epochs=3, verbose=0)
for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
print("exact")
"""


def test_averages_are_weighted_means_and_steps_follow_their_gradient(wine_csv):
    code = CODE.replace("PATH", repr(str(wine_csv)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["exact"], done.stderr[-3000:]
