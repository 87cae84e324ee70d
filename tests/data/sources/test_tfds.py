"""A data set that is prepared here from scikit-learn's digits, in both kinds of format."""

import sys

import numpy as np
import pytest

from kerascfg.data import open_data
from kerascfg.data.sources.tfds import peek
from kerascfg.errors import RunError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["array_record", "tfrecord"])
def prepared(request, tmp_path_factory):
    tfds = pytest.importorskip("tensorflow_datasets")
    from sklearn.datasets import load_digits

    bunch = load_digits()
    pixels = (bunch.images * 15).astype("uint8")[..., None]
    features = tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(8, 8, 1)),
            "wide": tfds.features.Image(shape=(None, None, 3)),
            "label": tfds.features.ClassLabel(names=list("abcdefghij")),
            "text": tfds.features.Text(),
            "corner": tfds.features.Tensor(shape=(2,), dtype=np.float32),
            "steps": tfds.features.Sequence(np.int64),
        }
    )
    examples = [
        (
            index,
            {
                "image": pixels[index],
                "wide": np.repeat(pixels[index][:, : 4 + index % 3], 3, axis=-1),
                "label": int(bunch.target[index]),
                "text": f"digit {index}",
                "corner": np.array([index, 0], np.float32),
                "steps": list(range(index % 4)),
            },
        )
        for index in range(60)
    ]
    folder = tmp_path_factory.mktemp("prepared")
    tfds.dataset_builders.store_as_tfds_dataset(
        "letters", "1.0.0", features, {"train": examples[:50], "test": examples[50:]},
        data_dir=folder, file_format=request.param, disable_shuffling=True,
    )  # fmt: skip
    return str(folder), pixels, bunch.target


def source(folder, **arguments):
    return {"type": "tfds", "name": "letters", "data_dir": folder, "download": False, **arguments}


def test_images_and_classes_come_as_they_were_prepared(prepared):
    folder, pixels, labels = prepared
    config = {
        "source": source(folder, image_size=[8, 8]),
        "features": ["image", "wide", "text", "corner"],
        "target": "label",
        "split": {"stratify": False},
    }
    data = open_data(config, task="classification", seed=0)
    assert data.sizes == {"train": 44, "validation": 6, "test": 10}
    assert data.class_names == {"label": tuple("abcdefghij")}
    x, y = data.arrays("test")
    rows = [int(text.split()[1]) for text in x["text"]]
    assert sorted(rows) == list(range(50, 60))
    np.testing.assert_array_equal(x["image"], pixels[rows])
    np.testing.assert_array_equal(y["label"], labels[rows])
    assert x["corner"][:, 0].tolist() == rows
    assert x["wide"].shape == (10, 8, 8, 3)
    assert "steps" in data.notes[0]


def test_images_that_differ_need_a_size(prepared):
    with pytest.raises(RunError, match="`image_size` for `wide`, whose images differ"):
        open_data({"source": source(prepared[0]), "target": "label"}, task=None, seed=0)


def test_what_is_not_there_is_said(prepared):
    for name in ("nothing_x", "letters:9.9.9"):
        with pytest.raises(RunError, match=f"`{name}` is not prepared in"):
            open_data({"source": source(prepared[0], name=name)}, task=None, seed=0)


def test_a_missing_package_is_said_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    (problem,) = peek({"name": "mnist"}, "data.source").problems
    assert problem.hint == "pip install 'kerascfg[tfds]'"
