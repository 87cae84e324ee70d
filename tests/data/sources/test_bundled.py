import pytest

from kerascfg.data import open_data


@pytest.mark.parametrize(
    ("source", "task", "feature", "shape", "target", "rows", "classes"),
    [
        ("digits", "classification", "image", (8, 8, 1), "digit", 1797, 10),
        ("wine", "classification", "features", (13,), "wine", 178, 3),
        ("breast_cancer", "binary", "features", (30,), "tumour", 569, 2),
        ("diabetes", "regression", "features", (10,), "progression", 442, None),
    ],
)
def test_bundled_sources_need_no_argument(source, task, feature, shape, target, rows, classes):
    data = open_data({"source": source}, task=task, seed=0)
    assert data.features[feature].shape == shape
    assert data.features[feature].dtype == "float32"
    assert list(data.targets) == [target]
    assert sum(data.sizes.values()) == rows
    assert data.facts()["data"].get("classes") == classes
    assert data.fingerprint == open_data({"source": source}, task=task, seed=1).fingerprint


def test_digits_are_scaled_to_one():
    x, y = open_data({"source": "digits"}, task="classification", seed=0).arrays("train")
    assert (x["image"].min(), x["image"].max()) == (0, 1)
    assert sorted(set(y["digit"])) == list(range(10))


def test_the_names_of_classes_are_those_of_the_survey():
    data = open_data({"source": "breast_cancer"}, task="binary", seed=0)
    assert data.class_names == {"tumour": ("malignant", "benign")}
