import numpy as np
import pytest

from kerascfg.data import Table, TensorSpec, check_data, open_data
from kerascfg.data.failing import ChosenRows, without_failing
from kerascfg.errors import RunError


def open_images(folder, **more):
    source = {"type": "image_folder", "path": str(folder), "image_size": [8, 8]}
    return open_data({"source": source, "batch_size": 4, **more}, task="classification", seed=1)


def spoil(folder, *names):
    for name in names:
        (folder / name).write_bytes(b"no image")


@pytest.mark.slow
def test_rows_that_cannot_be_loaded_are_left_out_and_listed_where_that_is_asked_for(digit_images):
    spoil(digit_images, "one/3.png", "zero/7.png")
    data = open_images(digit_images, on_error="skip")
    assert sum(data.sizes.values()) == 18
    assert ["one/3.png" in data.skipped[0], "zero/7.png" in data.skipped[1]] == [True, True]
    (note,) = data.notes
    assert note.startswith("2 of 20 rows were skipped, listed in skipped.txt: ")
    assert len(data.arrays("train")[0]["image"]) == data.sizes["train"]


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["memory", "none"])
def test_a_row_that_cannot_be_loaded_stops_the_run_by_default(digit_images, cache):
    spoil(digit_images, "zero/7.png")
    data = open_images(digit_images, cache=cache)
    with pytest.raises(RunError, match=r"zero/7\.png.*cannot be loaded"):
        for split in data.sizes:
            data.arrays(split)


@pytest.mark.slow
def test_data_of_which_nothing_can_be_loaded_is_an_error(digit_images):
    spoil(digit_images, *(f"{name}/{i}.png" for name in ("one", "zero") for i in range(10)))
    with pytest.raises(RunError, match=r"data\.source: expected rows that can be loaded"):
        open_images(digit_images, on_error="skip")


def parsed(row):
    import tensorflow as tf

    return {"x": tf.strings.to_number(row["text"])}


def table(column):
    return Table(
        {"text": column},
        {"x": TensorSpec((), "float32")},
        "",
        load=parsed,
        splits=np.array(["train", "train", "test", "test"], dtype=object),
        place=lambda row: f"file.txt, row {row + 1}",
    )


@pytest.mark.slow
def test_skipped_rows_are_named_by_their_place_and_the_others_keep_theirs():
    kept = without_failing(table(np.array(["1", "x", "3", "4"], dtype=object)), "data.source")
    (line,) = kept.skipped
    assert line.startswith("file.txt, row 2 cannot be loaded. ")
    assert kept.columns["text"].tolist() == ["1", "3", "4"]
    assert kept.splits.tolist() == ["train", "test", "test"]
    assert [kept.place(row) for row in range(3)] == [f"file.txt, row {n}" for n in (1, 3, 4)]


def test_chosen_rows_are_a_column_of_fewer_rows(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(10.0))
    column = ChosenRows(np.load(tmp_path / "x.npy", mmap_mode="r"), np.array([1, 4, 9]))
    assert (len(column), column.shape, column.dtype) == (3, (3,), np.dtype("float64"))
    assert column[:].tolist() == [1, 4, 9]
    assert column[np.array([2, 0])].tolist() == [9, 1]


def test_on_error_is_said_in_the_group_and_not_in_the_source(wine_csv):
    source = {"type": "csv", "path": str(wine_csv), "on_error": "skip"}
    problems = check_data({"source": source, "target": "grower"}, "classification")
    assert any(problem.path == "data.source.on_error" for problem in problems)


class Damaged:
    """A column that is read when asked, of which some rows cannot be."""

    shape, dtype = (600,), np.dtype("float32")

    def __len__(self):
        return 600

    def __getitem__(self, rows):
        numbers = np.arange(600)[rows]
        if wrong := {3, 599} & set(numbers.tolist()):
            raise RunError(f"file.h5: row {min(wrong) + 1} cannot be read")
        return numbers.astype("float32")


def test_rows_that_a_column_cannot_read_are_left_out_and_listed_too():
    columns = {"x": Damaged(), "y": np.arange(600)}
    specs = {name: TensorSpec((), "float32") for name in columns}
    kept = without_failing(Table(columns, specs, ""), "data.source")
    assert kept.rows == 598
    assert kept.columns["x"][:4].tolist() == kept.columns["y"][:4].tolist() == [0, 1, 2, 4]
    assert kept.skipped == ("file.h5: row 4 cannot be read", "file.h5: row 600 cannot be read")
