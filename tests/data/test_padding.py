import numpy as np
import pytest

from kerascfg.data import Prepare, Table, TensorSpec
from kerascfg.data.dataset import Data
from kerascfg.data.held import Columns
from kerascfg.data.padding import padded
from kerascfg.data.part import Part
from kerascfg.data.source import check_table
from kerascfg.errors import ConfigError

LENGTHS = [3, 1, 7, 2, 5, 4, 6, 1, 2, 9]
TOKENS = TensorSpec((None,), "int32")


def sequences(dtype="int64"):
    column = np.empty(len(LENGTHS), object)
    for row, length in enumerate(LENGTHS):
        column[row] = np.arange(1, length + 1, dtype=dtype)
    return column


def data(cache="memory", bucket=None, load=None, column=None):
    column = sequences() if column is None else column
    answers = {"y": np.arange(10, dtype="int32")}
    part = Part(
        Columns({"tokens": column}),
        np.arange(10),
        answers,
        {"tokens": TOKENS},
        load,
        {"y": TensorSpec((), "int32")},
    )
    return Data(
        features=part.specs,
        targets=part.target_specs,
        class_names={},
        parts={"train": part},
        batch_size=4,
        seed=1,
        fingerprint="",
        bucket=bucket,
        cache=cache,
    )


def counted(row):
    import tensorflow as tf

    return {"tokens": tf.range(1, row["tokens"] + 1)}


def test_samples_are_padded_to_the_longest_with_zeros():
    batch = padded(sequences()[:3], TOKENS)
    assert batch.dtype == np.int32
    assert batch.tolist() == [[1, 2, 3, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6, 7]]
    texts = [np.array(["a"], object), np.array(["b", "c"], object)]
    assert padded(texts, TensorSpec((None,), "string")).tolist() == [["a", ""], ["b", "c"]]
    images = [np.ones((1, 2, 1)), np.ones((2, 1, 1))]
    assert padded(images, TensorSpec((None, None, 1), "float32")).shape == (2, 2, 2, 1)


def test_a_table_may_have_features_of_any_length():
    check_table(Table({"tokens": sequences()}, {"tokens": TOKENS}, ""), "my_source")


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["memory", "disk", "none"])
@pytest.mark.parametrize("load", [None, counted], ids=["column", "load"])
def test_each_batch_is_as_long_as_its_longest_sample(cache, load):
    column = None if load is None else np.array(LENGTHS, "int32")
    dataset = data(cache, load=load, column=column).training_batches()
    assert dataset.element_spec[0]["tokens"].shape == (4, None)
    for x, y, _ in dataset.take(6).as_numpy_iterator():
        assert (x["tokens"] == padded(sequences()[y["y"]], TOKENS)).all()


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["memory", "disk", "none"])
def test_prepared_samples_may_differ_in_length_too(cache):
    def doubled(batch):
        return {"twice": batch["tokens"] * 2}

    twice = data(cache).prepared(Prepare(doubled, {"twice": TOKENS}))
    for x, y, _ in twice.training_batches().take(6).as_numpy_iterator():
        assert (x["twice"] == 2 * padded(sequences()[y["y"]], TOKENS)).all()
    arrays, _ = twice.arrays("train", limit=3)
    assert arrays["twice"].shape == (3, 7)


@pytest.mark.slow
def test_what_is_measured_sees_no_padding():
    batches = data().feature_batches("train", ["tokens"]).as_numpy_iterator()
    assert [batch["tokens"].shape for batch in batches] == [(1, length) for length in LENGTHS]


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["memory", "disk", "none"])
@pytest.mark.parametrize("load", [None, counted], ids=["column", "load"])
def test_a_bucket_puts_samples_of_like_length_together(cache, load):
    column = None if load is None else np.array(LENGTHS, "int32")
    bucketed = data(cache, "tokens", load, column).training_batches()
    seen = [y["y"].tolist() for _, y, _ in bucketed.take(3).as_numpy_iterator()]
    lengths = sorted(sorted(LENGTHS[row] for row in batch) for batch in seen[:2])
    assert lengths == [[1, 1, 2, 2], [3, 4, 5, 6]]
    assert [LENGTHS[row] for row in seen[2][:2]] == [7, 9]


@pytest.mark.slow
def test_a_bucket_needs_a_feature_whose_samples_differ_in_length():
    with pytest.raises(ConfigError, match=r"data\.bucket: .*one of tokens\. Received: y"):
        data(bucket="y").training_batches()
