"""A batch gathered in the step is the batch that the pipeline would have made."""

from dataclasses import replace

import numpy as np
import pytest

from kerascfg.data import TensorSpec
from kerascfg.data.part import Part
from kerascfg.data.pipeline import epoch_orders, training_dataset
from kerascfg.data.resident import gatherer

pytestmark = pytest.mark.slow


def part(rows=10):
    """Return every second row of a table with two columns of numbers and one of pictures."""
    table = 2 * rows
    columns = {
        "a": np.arange(table, dtype="float32"),
        "b": np.arange(table, dtype="float32") * 10,
        "picture": np.arange(table * 4, dtype="uint8").reshape(table, 2, 2),
    }
    specs = {
        "a": TensorSpec((), "float32"),
        "b": TensorSpec((), "float32"),
        "picture": TensorSpec((2, 2), "float32"),
    }
    numbers = np.arange(0, table, 2)
    targets = {"y": np.arange(rows, dtype="int32")}
    return Part(columns, numbers, targets, specs, target_specs={"y": TensorSpec((), "int32")})


def plain(batch):
    x, y, weights = batch
    return {k: v.numpy().tolist() for k, v in {**x, **y, "weights": weights}.items()}


@pytest.mark.parametrize("first_step", [0, 2])
def test_gathered_batches_are_those_of_the_pipeline(first_step):
    weighed = replace(part(), weights=np.linspace(0.5, 1.5, 10))
    gather = gatherer(weighed, "CPU:0")
    assert gather is not None
    orders = epoch_orders(weighed, 4, seed=3, first_epoch=1).take(2)
    steps = [step for order in orders for step in zip(*order, strict=True)][first_step:]
    batches = training_dataset(weighed, 4, 3, 1, replicas=1, first_step=first_step)
    for step, batch in zip(steps, batches.take(len(steps)), strict=True):
        made = gather(*step)
        assert plain(made) == plain(batch)
        assert [v.dtype for v in made[0].values()] == [v.dtype for v in batch[0].values()]


def test_what_is_still_to_be_loaded_or_read_comes_as_batches():
    assert gatherer(replace(part(), load=lambda row: row), "CPU:0") is None
    differing = np.empty(20, object)
    differing[:] = [np.zeros(i + 1) for i in range(20)]
    assert gatherer(replace(part(), columns={"x": differing}), "CPU:0") is None


def test_data_too_large_for_a_gpu_comes_as_batches(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("kerascfg.data.resident._MOST_ON_GPU", 100)
    assert gatherer(part(), "GPU:0") is None
