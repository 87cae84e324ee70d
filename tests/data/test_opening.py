import subprocess
import sys

import numpy as np
import pytest

from kerascfg.data import open_data
from kerascfg.errors import ConfigError


def open_wine(file, task="classification", seed=0, **more):
    config = {"source": {"type": "csv", "path": str(file)}, "target": "grower", **more}
    return open_data(config, task=task, seed=seed)


def test_a_cell_that_is_no_number_is_named_with_file_and_row(tmp_path):
    file = tmp_path / "wages.csv"
    file.write_text("wage,grower\n" + "1,Bea\n\n,Aldo\n" * 4 + "much,Bea\n2,Aldo\n")
    features = {"wage": {"dtype": "float32"}}
    with pytest.raises(
        ConfigError, match=r"features\.wage\.dtype: .*'much' in .*wages\.csv, row 14"
    ):
        open_wine(file, features=features)
    file.write_text(file.read_text().replace("much", "NA"))
    wages = open_wine(file, features=features).arrays("train")[0]["wage"]
    assert set(wages[~np.isnan(wages)]) <= {1, 2}


def test_features_are_every_column_that_is_no_target(wine_csv):
    data = open_wine(wine_csv)
    assert list(data.features) == ["alcohol", "hue", "magnesium"]
    assert {spec.dtype for spec in data.features.values()} == {"float32"}
    assert data.class_names == {"grower": ("Aldo", "Bea", "Carla")}
    assert data.sizes == {"train": 142, "validation": 18, "test": 18}


def test_facts_say_what_expressions_may_use(wine_csv):
    assert open_wine(wine_csv, features=["hue"]).facts() == {
        "data": {
            "classes": 3,
            "class_names": ["Aldo", "Bea", "Carla"],
            "samples": 142,
            "features": {"hue": {"shape": [], "dtype": "float32"}},
            "targets": {"grower": {"shape": []}},
        }
    }
    regression = open_wine(wine_csv, "regression", target="alcohol", features=["hue"])
    assert "classes" not in regression.facts()["data"]
    assert regression.facts()["data"]["targets"] == {"alcohol": {"shape": [1]}}


def test_features_are_cast_where_the_config_says_so(wine_csv):
    data = open_wine(wine_csv, features={"magnesium": {"dtype": "int32"}, "hue": None})
    x, _ = data.arrays("test")
    assert {name: values.dtype.name for name, values in x.items()} == {
        "magnesium": "int32",
        "hue": "float32",
    }
    with pytest.raises(ConfigError, match=r"data\.features\.grower\.dtype: .*Aldo|Bea|Carla"):
        open_wine(wine_csv, None, target="hue", features={"grower": {"dtype": "float32"}})


def test_several_targets_have_a_spec_each(wine_csv):
    data = open_wine(wine_csv, None, target=["grower", "hue"])
    assert list(data.targets) == ["grower", "hue"]
    assert list(data.features) == ["alcohol", "magnesium"]
    assert data.class_names == {"grower": ("Aldo", "Bea", "Carla")}


def test_the_split_keeps_the_proportions_of_the_classes(wine_csv):
    _, y = open_wine(wine_csv).arrays("test")
    assert np.bincount(y["grower"]).tolist() == [6, 7, 5]


def test_the_split_is_a_function_of_the_seed(wine_csv):
    one, same, other = (open_wine(wine_csv, seed=seed).arrays("test")[0] for seed in (1, 1, 2))
    assert (one["hue"] == same["hue"]).all()
    assert (one["hue"] != other["hue"]).any()


def test_stratify_needs_a_target_with_classes(wine_csv):
    with pytest.raises(ConfigError, match=r"data\.split\.stratify"):
        open_wine(wine_csv, "regression", target="hue", split={"stratify": True})
    assert open_wine(wine_csv, split={"stratify": False}).sizes["test"] == 18


def test_all_problems_of_the_config_are_raised_together(wine_csv):
    with pytest.raises(ConfigError) as raised:
        open_wine(wine_csv, batch_size=0, target="growr")
    assert {p.path for p in raised.value.problems} == {"data.batch_size", "data.target"}


def test_a_gap_in_a_feature_is_noted(tmp_path):
    rows = [f"{x},{'' if x % 10 == 3 else x / 2},{'ab'[x % 2]}" for x in range(40)]
    (tmp_path / "gaps.csv").write_text("\n".join(["x,half,y", *rows]))
    config = {"source": {"type": "csv", "path": str(tmp_path / "gaps.csv")}, "target": "y"}
    (note,) = open_data(config, task="classification", seed=0).notes
    assert note.startswith("`half` has no value (NaN) in 4 of 40 rows")


def test_arrays_hold_the_first_samples_of_a_split_and_texts_as_unicode(wine_csv):
    data = open_wine(wine_csv, "regression", target="hue", features=["grower", "alcohol"])
    x, y = data.arrays("test", limit=5)
    everything, _ = data.arrays("test")
    assert x["grower"].dtype.kind == "U"
    assert x["alcohol"].tolist() == everything["alcohol"][:5].tolist()
    assert y["hue"].shape == (5, 1)


def test_reading_a_table_does_not_import_keras(wine_csv):
    config = {"source": {"type": "csv", "path": str(wine_csv)}, "target": "grower"}
    code = (
        "import sys; from kerascfg.data import open_data\n"
        f"open_data({config!r}, task='classification', seed=0).arrays('test')\n"
        "heavy = {'keras', 'tensorflow', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_infinite_value_is_an_error_that_names_its_row(tmp_path):
    import pytest

    from kerascfg.data import open_data
    from kerascfg.errors import RunError

    rows = "\n".join(f"{'inf' if index == 7 else index},{index % 2}" for index in range(40))
    (tmp_path / "rows.csv").write_text(f"size,kind\n{rows}\n", encoding="utf-8")
    source = {"type": "csv", "path": str(tmp_path / "rows.csv")}
    with pytest.raises(RunError, match=r"`size`.*1 of 40 rows.*rows\.csv, row 9"):
        open_data({"source": source, "target": "kind"}, task="classification", seed=1)


def table_csv(folder, **columns):
    """Write columns to a CSV file; return the source that reads it."""
    names, rows = list(columns), zip(*columns.values(), strict=True)
    lines = [",".join(names), *(",".join(map(str, row)) for row in rows)]
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    return {"type": "csv", "path": str(folder / "table.csv")}


def test_the_columns_of_split_and_weight_are_no_features_unless_named(tmp_path):
    source = table_csv(tmp_path, x=range(40), city=["a", "b", "c", "d"] * 10, w=[1, 2] * 20)
    split = {"by": "group", "column": "city"}
    config = {"source": source, "target": "x", "split": split, "weight": "w"}
    with pytest.raises(ConfigError, match="besides the target"):
        open_data(config, task="regression", seed=0)
    config["features"] = ["city", "w"]
    assert list(open_data(config, task="regression", seed=0).features) == ["city", "w"]


def test_a_split_goes_by_a_column_of_the_table(tmp_path):
    part = ["train"] * 20 + ["validation"] * 12 + ["test"] * 8
    source = table_csv(tmp_path, x=range(40), y=range(40), part=part)
    config = {"source": source, "target": "y", "split": {"by": "column", "column": "part"}}
    data = open_data(config, task="regression", seed=0)
    assert list(data.features) == ["x"]
    assert data.sizes == {"train": 20, "validation": 12, "test": 8}
    assert sorted(data.arrays("test")[0]["x"]) == list(range(32, 40))


def test_weights_are_relative_within_their_split(tmp_path):
    source = table_csv(tmp_path, x=range(40), y=range(40), w=[1, 3] * 20)
    config = {"source": source, "target": "y", "weight": "w"}
    data = open_data(config, task="regression", seed=0)
    for split, part in data.parts.items():
        x, _ = data.arrays(split)
        expected = x["x"] % 2 * 2 + 1
        assert part.weights == pytest.approx(expected / expected.mean()), split


def test_gaps_are_filled_before_values_become_whole(tmp_path):
    source = table_csv(tmp_path, age=["", *range(1, 40)], y=range(40))
    config = {"source": source, "target": "y", "features": {"age": {"dtype": "int32"}}}
    with pytest.raises(ConfigError, match=r"`age` without one in 1 of 40 rows") as raised:
        open_data(config, task="regression", seed=0)
    assert raised.value.problems[0].fix == "data.features.age.missing=most_frequent"
    config["features"]["age"]["missing"] = 70
    data = open_data(config, task="regression", seed=0)
    assert max(data.arrays(split)[0]["age"].max() for split in data.sizes) == 70
    assert data.notes[0].startswith("`age` had no value in 1 of 40 rows; filled with 70")


def test_pixels_of_a_table_become_one_image(tmp_path):
    from sklearn.datasets import load_digits

    bunch = load_digits()
    pixels = {f"pixel{n}": bunch.data[:, n].astype(int) for n in range(64)}
    source = table_csv(tmp_path, digit=bunch.target, **pixels)
    features = {"image": {"columns": "pixel*", "shape": [8, 8, 1]}}
    config = {"source": source, "target": "digit", "features": features}
    table = open_data(config, task="classification", seed=3)
    bundled = open_data({"source": "digits"}, task="classification", seed=3)
    for split in table.sizes:
        (x, y), (same_x, same_y) = table.arrays(split), bundled.arrays(split)
        assert (x["image"] == same_x["image"] * 16).all()
        assert (y["digit"] == same_y["digit"]).all()


def test_equal_rows_on_both_sides_are_noted(tmp_path):
    part = ["train"] * 30 + ["test"] * 10
    source = table_csv(tmp_path, x=[*range(30), *range(7), 50, 51, 52], y=range(40), part=part)
    split = {"by": "column", "column": "part", "train": 0.9, "validation": 0.0}
    config = {"source": source, "target": "y", "split": split}
    notes = open_data(config, task="regression", seed=0).notes
    assert notes[0] == "7 rows of test are also in train, equal in every feature"


def test_a_class_that_only_validation_has_is_named(tmp_path):
    y = ["ant"] * 10 + ["bee"] * 10 + ["wasp"] * 5
    part = ["train"] * 20 + ["validation"] * 5
    source = table_csv(tmp_path, x=range(25), y=y, part=part)
    split = {"by": "column", "column": "part", "train": 0.9, "test": 0.0}
    config = {"source": source, "target": "y", "split": split}
    with pytest.raises(ConfigError, match=r"in validation that .* `y` with wasp \(5 rows\)"):
        open_data(config, task="classification", seed=0)


def test_rows_that_are_added_to_a_file_move_no_old_row(tmp_path):
    def test_rows(rows):
        source = table_csv(tmp_path, x=range(rows), y=[n % 7 for n in range(rows)])
        config = {"source": source, "target": "y", "split": {"stable": True}}
        data = open_data(config, task="regression", seed=4)
        return {int(x) for x in data.arrays("test")[0]["x"] if x < 300}

    assert test_rows(300) == test_rows(330)
    assert len(test_rows(300)) > 15
