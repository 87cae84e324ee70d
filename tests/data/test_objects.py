from datetime import date

import numpy as np
import pytest

from kerascfg.data import check_data, open_data
from kerascfg.data.objects import as_table, is_data, with_table, without_table
from kerascfg.data.source import peek_source
from kerascfg.data.table import Table
from kerascfg.errors import ConfigError

X = np.arange(40.0).reshape(20, 2)
Y = np.arange(20) % 2


def columns(value):
    return dict(as_table(value, "data.source").columns)


def test_a_dict_of_arrays_is_a_table_of_the_same_arrays():
    table = as_table({"x": X, "y": Y}, "data.source")
    assert table.columns["x"] is X
    assert {name: spec.dtype for name, spec in table.specs.items()} == {
        "x": "float32",
        "y": "int32",
    }
    assert table.target is None


def test_a_pair_is_features_and_target():
    table = as_table((X, Y), "data.source")
    assert list(table.columns) == ["features", "target"]
    assert table.target == "target"
    assert list(columns(({"left": X, "right": X}, Y))) == ["left", "right", "target"]


def test_what_is_no_data_is_a_node():
    nodes = ["digits", {"type": "csv", "path": "a.csv"}, {"path": ["a.csv", "b.csv"]}, None]
    assert not any(is_data(each) for each in [*nodes, [X, Y], ("a", "b"), {}])


def test_objects_are_texts_or_numbers_with_gaps():
    made = columns({"x": X, "a": np.array(["u", None], object), "b": np.array([1, None], object)})
    assert made["a"].tolist() == ["u", ""]
    np.testing.assert_array_equal(made["b"], [1, np.nan])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array(["a", 1], object), r"numbers or texts in `a`. Received: 1 \(int\)"),
        (np.array([1j]), "Received: 'complex128'"),
        (np.array(3), "expected rows in `a`"),
    ],
)
def test_a_column_of_something_else_is_named(values, message):
    with pytest.raises(ConfigError, match=message):
        as_table({"x": X, "a": values}, "data.source")


def test_a_config_with_arrays_is_checked_by_their_names():
    config = with_table({"data": {"source": {"x": X, "y": Y}, "target": "z"}})
    (problem,) = check_data(config["data"], "binary")
    assert problem.path == "data.target"
    assert "(x, y). Received: z" in problem.message
    data = open_data({**config["data"], "target": "y"}, task="binary", seed=0)
    assert data.sizes == {"train": 16, "validation": 2, "test": 2}


def test_what_is_written_down_describes_the_arrays_and_cannot_be_run():
    config = with_table({"data": {"source": (X, Y)}, "seed": 1})
    said = without_table(config)["data"]["source"]
    assert said["columns"] == {"features": "float32 [20, 2]", "target": "int32 [20]"}
    assert said["fingerprint"] == config["data"]["source"].fingerprint
    (problem,) = peek_source(said, "data.source").problems
    assert "given as a Python object and no file holds: features float32 [20, 2]" in problem.message
    assert "kerascfg.train(config)" in problem.hint


def test_a_config_of_nodes_stays_as_it_is():
    config = {"data": {"source": {"type": "digits"}}}
    assert without_table(with_table(config)) == config


def test_a_table_is_taken_as_it_is():
    table = Table({"x": X}, {}, "0")
    assert as_table(table, "data.source") is table


class TestFrames:
    """pandas is not installed with kerascfg; users bring it."""

    @pytest.fixture
    def frame(self):
        pandas = pytest.importorskip("pandas")
        return pandas.DataFrame(
            {
                "age": [30, 40, 50],
                "wage": pandas.array([1, None, 3], dtype="Int64"),
                "city": ["Ulm", None, "Bonn"],
                "kind": pandas.Categorical(["a", "b", "a"]),
                "born": pandas.to_datetime(["1970-01-02", None, "1970-01-03"]),
                "paid": [True, False, True],
            }
        )

    def test_columns_are_read_as_those_of_a_file_are(self, frame):
        table = as_table(frame, "data.source")
        made = table.columns
        assert made["age"].tolist() == [30, 40, 50]
        np.testing.assert_array_equal(made["wage"], [1, np.nan, 3])
        assert made["city"].tolist() == ["Ulm", "", "Bonn"]
        assert made["kind"].tolist() == ["a", "b", "a"]
        np.testing.assert_array_equal(made["born"], [86400, np.nan, 172800])
        assert table.specs["age"].dtype == table.specs["wage"].dtype == "float32"
        assert table.specs["city"].dtype == "string"

    def test_a_frame_and_a_series_are_a_pair(self, frame):
        table = as_table((frame[["age", "city"]], frame["kind"]), "data.source")
        assert table.target == "kind"
        assert list(table.columns) == ["age", "city", "kind"]
        with pytest.raises(ConfigError, match="Received: `kind` in x and as y"):
            as_table((frame, frame["kind"]), "data.source")

    def test_a_column_of_other_objects_and_a_name_twice_are_refused(self, frame):
        with pytest.raises(ConfigError, match="numbers or texts in `born`"):
            as_table(frame.assign(born=[date(1970, 1, 2)] * 3), "data.source")
        frame.columns = ["age", *frame.columns[:1], *frame.columns[2:]]
        with pytest.raises(ConfigError, match="Received twice: age"):
            as_table(frame, "data.source")
