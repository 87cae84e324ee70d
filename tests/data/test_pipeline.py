import numpy as np
import pytest
import tensorflow as tf

from kerascfg.data import TensorSpec, epoch_order, evaluation_order
from kerascfg.data.loading import loaded
from kerascfg.data.part import Part
from kerascfg.data.pipeline import evaluation_dataset, training_dataset

pytestmark = pytest.mark.slow


def numbers(rows=10, load=None, column=np.asarray):
    x = np.arange(rows, dtype="float32")
    specs = {"x": TensorSpec((), "float32")}
    return Part({"x": column(x)}, np.arange(rows), {"y": x.astype("int32")}, specs, load)


def doubled(row):
    return {"x": row["x"] * 2}


def take(dataset, count):
    return [
        (x["x"].tolist(), y["y"].tolist(), w.tolist())
        for x, y, w in dataset.take(count).as_numpy_iterator()
    ]


def test_training_batches_follow_the_order_of_each_epoch():
    batches = take(training_dataset(numbers(), 4, seed=3, first_epoch=0, replicas=1), 6)
    for epoch in (0, 1):
        order = epoch_order(3, epoch, 10).tolist()
        seen = [row for _, y, _ in batches[epoch * 3 : epoch * 3 + 3] for row in y]
        assert seen == [*order, *order[:2]]
    assert [w for _, _, w in batches[:3]] == [[1] * 4, [1] * 4, [1, 1, 0, 0]]
    assert all(x == y for x, y, _ in batches)


def test_an_epoch_can_be_the_first_without_running_the_earlier_ones():
    everything = take(training_dataset(numbers(), 4, 3, first_epoch=0, replicas=1), 9)
    assert take(training_dataset(numbers(), 4, 3, first_epoch=2, replicas=1), 3) == everything[6:]


@pytest.mark.parametrize("load", [None, doubled])
def test_an_epoch_can_begin_at_any_of_its_steps(load):
    part = numbers(load=load)
    everything = take(training_dataset(part, 4, 3, first_epoch=0, replicas=1), 10)
    for step in (1, 2, 3):
        resumed = training_dataset(part, 4, 3, first_epoch=1, replicas=1, first_step=step)
        assert take(resumed, 4) == everything[3 + step : 7 + step]


def test_augmentation_goes_on_with_the_number_of_the_step():
    def numbered(step, x, y):
        return {"x": tf.fill(tf.shape(x["x"]), step)}, y

    dataset = training_dataset(numbers(), 4, 3, 1, 1, augment=numbered, first_step=2)
    assert [x[0] for x, _, _ in take(dataset, 3)] == [5, 6, 7]


def test_batches_have_one_static_shape_that_replicas_can_share():
    dataset = training_dataset(numbers(), 4, 0, 0, replicas=3)
    x, y, weights = dataset.element_spec
    assert x["x"].shape == y["y"].shape == weights.shape == (6,)
    assert dataset.cardinality().numpy() == -1


@pytest.mark.parametrize("load", [None, doubled])
def test_evaluation_visits_every_row_once_in_order(load):
    dataset, steps = evaluation_dataset(numbers(load=load), 4, replicas=1)
    assert dataset.cardinality().numpy() == steps == 3
    batches = take(dataset, steps)
    indices, weights = evaluation_order(10, 4)
    assert [y for _, y, _ in batches] == indices.tolist()
    assert [w for _, _, w in batches] == weights.tolist()
    factor = 1 if load is None else 2
    assert [x for x, _, _ in batches] == (indices * factor).tolist()


def test_rows_that_are_loaded_while_training_come_in_the_same_order_as_from_memory():
    part = numbers(load=doubled)
    while_training = take(training_dataset(part, 4, 1, 0, 1), 5)
    assert while_training == take(training_dataset(loaded(part), 4, 1, 0, 1), 5)


class OnDisk:
    """A column of bytes per row that is read when asked, as a file of records is."""

    dtype = np.dtype(object)

    def __init__(self, values):
        self.values, self.shape = values, values.shape

    def __len__(self):
        return len(self.values)

    def __getitem__(self, rows):
        return np.array([str(value).encode() for value in self.values[rows]], dtype=object)


def parsed(row):
    return {"x": tf.strings.to_number(row["x"])}


def mapped(values, file):
    np.save(file, values.astype("float64"))
    return np.load(file, mmap_mode="r")


@pytest.mark.parametrize("load", [parsed, None], ids=["records", "mapped array"])
def test_columns_read_when_asked_give_the_batches_of_those_in_memory(load, tmp_path):
    column = OnDisk if load else lambda values: mapped(values, tmp_path / "x.npy")
    part = numbers(load=load, column=column)
    assert not part.is_held
    batches = take(training_dataset(numbers(), 4, 1, 0, 1), 5)
    assert take(training_dataset(part, 4, 1, 0, 1), 5) == batches
    assert take(training_dataset(loaded(part), 4, 1, 0, 1), 5) == batches


def test_texts_pass_through():
    part = Part(
        {"city": np.array(["Köln", "", "Paris"], dtype=object)},
        np.arange(3),
        {"y": np.arange(3, dtype="int32")},
        {"city": TensorSpec((), "string")},
    )
    dataset, _ = evaluation_dataset(part, 3, 1)
    ((x, _, _),) = dataset.as_numpy_iterator()
    assert [city.decode() for city in x["city"]] == ["Köln", "", "Paris"]
