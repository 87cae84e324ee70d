"""Data sets that are saved here from scikit-learn's digits, or lie in folders of files."""

import io
import sys

import numpy as np
import pytest

from kerascfg.data import open_data
from kerascfg.data.sources.huggingface import huggingface, peek
from kerascfg.errors import RunError

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()


@pytest.fixture
def digits():
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return (bunch.images * 15).astype("uint8"), bunch.target


@pytest.fixture
def saved(tmp_path, digits):
    """40 digits, of which ten are the test, with their class, a text, a gap, and a pair."""
    import datasets
    from PIL import Image

    def png(pixels):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "png")
        return {"bytes": file.getvalue(), "path": None}

    pixels, labels = digits
    columns = {
        "image": [png(each) for each in pixels[:40]],
        "label": labels[:40].tolist(),
        "text": [f"digit {index}" for index in range(40)],
        "count": [None, *range(1, 40)],
        "pair": [[index, 0.5] for index in range(40)],
    }
    features = {
        "image": datasets.Image(),
        "label": datasets.ClassLabel(names=list("abcdefghij")),
        "text": datasets.Value("string"),
        "count": datasets.Value("int64"),
        "pair": datasets.List(datasets.Value("float32"), 2),
    }
    whole = datasets.Dataset.from_dict(columns, features=datasets.Features(features))
    parts = {"train": whole.select(range(30)), "test": whole.select(range(30, 40))}
    folder = tmp_path / "saved"
    datasets.DatasetDict(parts).save_to_disk(folder)
    return str(folder)


def test_a_saved_data_set_has_images_classes_texts_and_numbers(saved, digits):
    config = {
        "source": {"type": "huggingface", "path": saved, "image_size": [8, 8]},
        "target": "label",
        "split": {"stratify": False, "validation": 0.2, "train": 0.7},
    }
    data = open_data(config, task="classification", seed=0)
    assert data.sizes["test"] == 10
    assert data.class_names == {"label": tuple("abcdefghij")}
    x, y = data.arrays("test")
    rows = [int(text.split()[1]) for text in x["text"]]
    assert sorted(rows) == list(range(30, 40))
    np.testing.assert_array_equal(x["image"], np.repeat(digits[0][rows][..., None], 3, axis=-1))
    np.testing.assert_array_equal(y["label"], digits[1][rows])
    assert x["pair"][:, 0].tolist() == x["count"].tolist() == rows


def test_a_missing_number_is_nan(saved):
    table = huggingface(saved, columns=["count"])
    assert np.isnan(table.columns["count"][0])
    assert table.splits.tolist() == ["train"] * 30 + ["test"] * 10


def test_a_folder_of_files_is_read_by_its_files(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "train.csv").write_text("size,kind\n1.5,a\n2.5,b\n")
    table = huggingface(str(tmp_path / "tables"))
    assert table.columns["size"].tolist() == [1.5, 2.5]
    assert table.columns["kind"].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "`image_size`, since `image` has images"),
        ({"columns": ["text", "texts"]}, "Received: texts"),
    ],
)
def test_what_is_lacking_is_said(saved, arguments, message):
    with pytest.raises(RunError, match=message):
        huggingface(saved, **arguments)


def test_a_name_that_cannot_be_fetched_is_said():
    with pytest.raises(RunError, match=r"Received: nobody/nothing\n  tried: "):
        huggingface("nobody/nothing")


def test_a_missing_package_is_said_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    (problem,) = peek({"path": "imdb"}, "data.source").problems
    assert problem.hint == "pip install 'kerascfg[huggingface]'"
