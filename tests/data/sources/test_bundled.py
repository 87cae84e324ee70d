import pytest

from kerascfg.data import check_data, known_classes, known_features, open_data


@pytest.mark.parametrize(
    ("source", "task", "feature", "shape", "target", "rows", "classes"),
    [
        ("digits", "classification", "image", (8, 8, 1), "digit", 1797, 10),
        ("wine", "classification", "features", (13,), "wine", 178, 3),
        ("breast_cancer", "binary", "features", (30,), "tumour", 569, 2),
        ("diabetes", "regression", "features", (10,), "progression", 442, None),
        ({"type": "sklearn", "name": "iris"}, "classification", "features", (4,), "species", 150,
         3),
        ({"type": "sklearn", "name": "linnerud"}, "regression", "exercises", (3,), "physiology",
         20, None),
    ],
)  # fmt: skip
def test_what_scikit_learn_brings_is_known_before_and_after_reading(
    source, task, feature, shape, target, rows, classes
):
    data = open_data({"source": source}, task=task, seed=0)
    assert known_features({"source": source}) == (feature,)
    assert known_classes({"source": source}) == classes
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


def test_a_name_is_one_source_or_an_argument_of_one():
    tables = [{"source": "wine"}, {"source": {"type": "sklearn", "name": "wine"}}]
    first, second = (open_data(each, task="classification", seed=0) for each in tables)
    assert first.fingerprint == second.fingerprint
    assert first.class_names == second.class_names


def test_a_wrong_name_is_said():
    (problem,) = check_data({"source": {"type": "sklearn", "name": "wines"}}, None)
    assert problem.path == "data.source.name"
    assert "wine" in problem.message
