import subprocess
import sys

import pytest

from kerascfg.data import open_data
from kerascfg.errors import RunError

EXACT = """
import keras, numpy as np
from kerascfg.data import open_data

data = open_data({"source": SOURCE, "batch_size": 50}, task=TASK, seed=0)
keras.utils.set_random_seed(0)
name, target = next(iter(data.features)), next(iter(data.targets))
inputs = keras.Input(data.features[name].shape, name=name)
units = len(data.class_names.get(target, "-"))
hidden = keras.layers.BatchNormalization()(keras.layers.Flatten()(inputs))
outputs = keras.layers.Dense(units, name=target)(hidden)
model = keras.Model({name: inputs}, {target: outputs})
loss = LOSS
model.compile("adam", loss={target: loss}, weighted_metrics={target: METRICS})
model.fit(data.training_batches(), steps_per_epoch=data.steps_per_epoch, epochs=2, verbose=0)
for split in ("validation", "test", "train"):
    batches, steps = data.evaluation_batches(split, replicas=3)
    seen = model.evaluate(batches, steps=steps, verbose=0, return_dict=True)
    x, y = data.arrays(split)
    outputs = model.predict(x, verbose=0)[target]
    exact = float(np.mean(loss(y[target], outputs)))
    assert abs(seen["loss"] - exact) < 1e-5 * max(1, abs(exact)), (split, seen, exact)
    if "accuracy" in seen:
        accuracy = float(np.mean(outputs.argmax(-1) == y[target]))
        assert abs(seen["accuracy"] - accuracy) < 1e-6, (split, seen, accuracy)
print("exact")
"""

MIRRORED = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 3)
import keras
from kerascfg.data import open_data

data = open_data({"source": "digits"}, task="classification", seed=0)

def train(replicas):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1), name="image")
    outputs = keras.layers.Dense(10, name="digit")(keras.layers.Flatten()(inputs))
    model = keras.Model({"image": inputs}, {"digit": outputs})
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(
        data.training_batches(replicas=replicas),
        steps_per_epoch=data.steps_per_epoch, epochs=1, verbose=0,
    )
    batches, steps = data.evaluation_batches("test", replicas)
    return model.evaluate(batches, steps=steps, verbose=0), [w for w in model.get_weights()]

alone, weights = train(1)
with tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(3)]).scope():
    together, same = train(3)
assert abs(alone - together) < 1e-5, (alone, together)
assert max(abs(a - b).max() for a, b in zip(weights, same)) < 1e-5
print("equal")
"""


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "task", "loss", "metrics"),
    [
        (
            "digits",
            "classification",
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
            "['accuracy']",
        ),
        ("diabetes", "regression", "keras.losses.MeanSquaredError()", "[]"),
    ],
)
def test_keras_evaluates_to_the_exact_mean_over_the_samples(source, task, loss, metrics):
    code = EXACT.replace("SOURCE", repr(source)).replace("TASK", repr(task))
    assert run(code.replace("LOSS", loss).replace("METRICS", metrics)) == ["exact"]


@pytest.mark.slow
def test_three_replicas_take_the_same_steps_as_one_device():
    assert run(MIRRORED) == ["equal"]


def test_an_empty_split_cannot_be_evaluated():
    split = {"train": 0.9, "validation": 0.0, "test": 0.1}
    data = open_data({"source": "wine", "split": split}, task="classification", seed=0)
    with pytest.raises(RunError, match="validation, which has none"):
        data.evaluation_batches("validation")


def test_steps_take_every_sample_once_an_epoch():
    data = open_data({"source": "wine", "batch_size": 50}, task="classification", seed=0)
    assert (data.sizes["train"], data.steps_per_epoch) == (142, 3)


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["memory", "none"])
def test_features_come_once_each_without_filling(digit_images, cache):
    source = {"type": "image_folder", "path": str(digit_images), "image_size": [8, 8]}
    config = {"source": source, "batch_size": 7, "cache": cache}
    data = open_data(config, task="classification", seed=1)
    batches = list(data.feature_batches("train", ["image"]))
    expected, _ = data.arrays("train")
    assert sum(len(batch["image"]) for batch in batches) == data.sizes["train"] == 16
    assert (batches[0]["image"].numpy() == expected["image"]).all()


@pytest.mark.slow
def test_only_the_features_that_are_asked_for_come(wine_csv):
    config = {"source": {"type": "csv", "path": str(wine_csv)}, "target": "grower"}
    data = open_data(config, task="classification", seed=1)
    (batch,) = data.feature_batches("train", ["hue"])
    assert batch.keys() == {"hue"}
