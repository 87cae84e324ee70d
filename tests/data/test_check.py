import os
import subprocess
import sys

import numpy as np
import pytest

from kerascfg.data import check_data, known_features, known_targets


def problems(config, task="classification"):
    return {problem.path: problem for problem in check_data(config, task)}


def csv_config(file, **more):
    return {"source": {"type": "csv", "path": str(file)}, "target": "grower", **more}


def test_a_good_config_has_no_problems(wine_csv):
    assert problems({"source": "digits"}) == {}
    assert problems(csv_config(wine_csv, features=["hue", "alcohol"])) == {}
    assert (
        problems(csv_config(wine_csv, features={"hue": None, "alcohol": {"dtype": "int32"}})) == {}
    )


def test_a_misspelled_source_is_named(tmp_path):
    problem = problems({"source": "digit"})["data.source"]
    assert problem.fix == "data.source=digits"


def test_a_misspelled_argument_of_a_source_is_named(wine_csv):
    config = csv_config(wine_csv, source={"type": "csv", "pth": str(wine_csv)})
    assert problems(config)["data.source.pth"].hint == "did you mean `path`?"


def test_a_missing_file_is_named_with_its_neighbour(wine_csv):
    problem = problems(csv_config(wine_csv.with_name("wines.csv")))["data.source.path"]
    assert "which does not exist" in problem.message
    assert problem.fix == f"data.source.path={wine_csv}"
    assert "is a folder" in problems(csv_config(wine_csv.parent))["data.source.path"].message
    nowhere = problems(csv_config(wine_csv.parent / "no" / "wine.csv"))["data.source.path"]
    assert "there is no folder" in nowhere.message


def test_missing_columns_are_named_with_what_was_meant(wine_csv):
    found = problems(csv_config(wine_csv, target="growr", features=["hue", "alkohol"]))
    assert found["data.target"].fix == "data.target=grower"
    assert found["data.features"].fix == "'data.features=[hue, alcohol]'"
    assert "alcohol, hue, magnesium, grower" in found["data.target"].message


def test_a_table_without_a_target_asks_for_one(wine_csv):
    problem = problems(csv_config(wine_csv, target=None))["data.target"]
    assert "one of alcohol, hue, magnesium, grower" in problem.message


def test_a_target_may_not_be_a_feature_unless_there_is_no_task(wine_csv):
    config = csv_config(wine_csv, features=["hue", "grower"])
    assert "no target" in problems(config)["data.features"].message
    assert problems({"source": "digits", "features": ["image"], "target": "image"}, None) == {}


def test_all_problems_come_at_once(wine_csv):
    config = csv_config(wine_csv, targe="growr", batch_size=0, split={"train": 0.5}, cache="disc")
    del config["target"]
    assert set(problems(config)) == {
        "data.targe",
        "data.target",
        "data.batch_size",
        "data.split",
        "data.cache",
    }


@pytest.mark.parametrize(
    ("key", "value", "path", "message"),
    [
        ("split", {"train": 0.6}, "data.split", "sum to 1"),
        ("split", {"train": 1.2}, "data.split.train", "between 0 and 1"),
        ("split", {"train": 0, "test": 0.9}, "data.split.train", "above 0"),
        ("split", {"by": "user"}, "data.split.by", "row"),
        ("batch_size", "many", "data.batch_size", "a whole number"),
        ("classes", 1, "data.classes", "2 or more"),
        ("target", [], "data.target", "a column's name"),
        ("target", ["hue", "hue"], "data.target", "once"),
        ("features", [], "data.features", "at least one column"),
        ("features", {"hue": {"dtyp": "int32"}}, "data.features.hue.dtyp", "dtype"),
        (
            "features",
            {"hue": {"dtype": "float32", "missing": "maen"}},
            "data.features.hue.missing",
            "since `hue` holds numbers",
        ),
        ("source", None, "data.source", "required"),
        ("augmentation", {}, "data.augmentation", "expected one of the keys of data"),
    ],
)
def test_a_wrong_value_is_said_at_its_key(wine_csv, key, value, path, message):
    assert message in problems(csv_config(wine_csv, **{key: value}))[path].message


def test_npz_arrays_are_known_from_the_table_of_contents(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 2)), y=np.arange(3))
    config = {"source": {"type": "npz", "path": str(tmp_path / "a.npz")}, "target": "z"}
    assert "(x, y)" in problems(config)["data.target"].message
    (tmp_path / "b.npz").write_text("no archive")
    config["source"] = {"type": "npz", "path": str(tmp_path / "b.npz")}
    assert "not a zip file" in problems(config)["data.source.path"].message


def test_image_folders_are_looked_at(digit_images, tmp_path):
    def source(**arguments):
        given = {"path": str(digit_images), "image_size": [8, 8], **arguments}
        return {"source": {"type": "image_folder", **given}}

    assert problems(source()) == {}
    assert "height and width" in problems(source(image_size=[8]))["data.source.image_size"].message
    assert "grayscale" in problems(source(color_mode="gray"))["data.source.color_mode"].message
    flat = problems(source(path=str(digit_images / "one")))["data.source.path"]
    assert "no folder in it" in flat.message


def test_folders_that_come_divided_have_the_same_classes(tmp_path):
    def found():
        arguments = {"type": "image_folder", "path": str(tmp_path), "image_size": [8, 8]}
        return problems({"source": arguments})

    for folder in ("train/cat", "train/dog", "val/cat", "val/dog", "test/cat", "test/dog"):
        (tmp_path / folder).mkdir(parents=True)
    assert found() == {}
    (tmp_path / "test" / "cow").mkdir()
    (tmp_path / "test" / "cat").rmdir()
    message = found()["data.source.path"].message
    assert f"only {tmp_path / 'test'} has cow and only {tmp_path / 'train'} has cat" in message
    (tmp_path / "validation" / "cat").mkdir(parents=True)
    assert "which are both validation" in found()["data.source.path"].message


def test_how_files_are_decoded_is_not_said_of_encoded_ones(digit_images):
    source = {"type": "image_folder", "path": str(digit_images), "encoded": True}
    assert problems({"source": source}) == {}
    found = problems({"source": {**source, "image_size": [8, 8], "color_mode": "rgb"}})
    assert found.keys() == {"data.source.image_size", "data.source.color_mode"}
    assert found["data.source.image_size"].fix == "~data.source.image_size"
    assert "DecodeImage in model.preprocess" in (found["data.source.image_size"].hint or "")


def test_keras_datasets_are_known_by_name():
    config = {"source": {"type": "keras_dataset", "name": "minst"}}
    assert problems(config)["data.source.name"].fix == "data.source.name=mnist"


def test_checking_imports_nothing_heavy(wine_csv):
    code = (
        "import sys; from kerascfg.data import check_data\n"
        f"assert check_data({csv_config(wine_csv)!r}, 'classification') == []\n"
        "heavy = {'numpy', 'hydra', 'keras', 'tensorflow', 'sklearn', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_columns_of_weight_and_split_are_checked_as_those_of_features_are(wine_csv):
    split = {"by": "group", "column": "growers"}
    found = problems(csv_config(wine_csv, weight="hues", split=split, target="alcohol"), None)
    assert found["data.weight"].fix == "data.weight=hue"
    assert found["data.split.column"].fix == "data.split.column=grower"


def test_a_weight_is_no_target(wine_csv):
    found = problems(csv_config(wine_csv, weight="grower"))
    assert "no target" in found["data.weight"].message


def test_joined_columns_are_checked_before_the_data_is_read(wine_csv):
    def said(**feature):
        return problems(csv_config(wine_csv, features={"all": feature}))

    assert said(columns=["alcohol", "h*"], shape=[2, 1]) == {}
    assert said(columns="hueh")["data.features.all.columns"].fix == "data.features.all.columns=hue"
    assert "matches none" in said(columns="pixel*")["data.features.all.columns"].message
    assert "3 values" in said(columns="*", shape=[2, 2])["data.features.all.shape"].message
    assert said(shape=[2])["data.features.all.shape"].fix == "data.features.all.shape=null"
    assert "from 1" in said(columns="*", shape=[0])["data.features.all.shape"].message
    assert "names or patterns" in said(columns=[])["data.features.all.columns"].message
    assert "no target" in said(columns=["hue", "grower"])["data.features"].message


def test_a_graph_of_targets_is_checked_by_the_columns_that_it_reads(wine_csv):
    graph = {"head": {"op": "one_hot", "inputs": "grower", "num_classes": 3}}
    assert known_targets(csv_config(wine_csv, target=graph)) == ("head",)
    assert known_features(csv_config(wine_csv, target=graph)) == ("alcohol", "hue", "magnesium")
    graph["head"]["inputs"] = "growr"
    assert "growr" in problems(csv_config(wine_csv, target=graph))["data.target"].message


def test_labels_are_parted_for_a_multilabel_task_only(wine_csv):
    config = csv_config(wine_csv, label_separator="|")
    assert check_data(config, "multilabel") == []
    assert problems(config)["data.label_separator"].fix == "data.label_separator=null"
    (problem,) = check_data(csv_config(wine_csv, label_separator=""), "multilabel")
    assert "one character" in problem.message


def test_what_is_said_of_classes_is_held_to_the_folders_before_anything_is_read(tmp_path):
    for name in ("aster", "rose", "tulip"):
        (tmp_path / name).mkdir()
    source = {"type": "image_folder", "path": str(tmp_path), "image_size": [8, 8]}
    (stated,) = check_data({"source": source, "classes": 4}, "classification")
    assert (stated.path, stated.fix) == ("data.classes", "data.classes=3")
    assert "that `label` has: 3. Received: 4" in stated.message
    (two,) = check_data({"source": source}, "binary")
    assert (two.path, two.fix) == ("data.target", "task=classification")
    assert check_data({"source": source, "classes": 3}, "classification") == []
    assert check_data({"source": source, "classes": 2, "on_error": "skip"}, "binary") == []


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are any bytes on Linux only")
def test_a_folder_whose_name_is_no_utf8_is_no_class(tmp_path):
    for name in (b"caf\xe9", b"bar"):
        os.mkdir(os.fsencode(tmp_path) + b"/" + name)  # noqa: PTH102 (there is no `Path` of bytes)
    source = {"type": "image_folder", "path": str(tmp_path), "image_size": [8, 8]}
    (problem,) = check_data({"source": source}, "classification")
    assert "expected folders whose names are UTF-8. Received: 'caf\\udce9'" in problem.message
