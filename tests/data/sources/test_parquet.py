import datetime
import importlib.util

import numpy as np
import pytest

from kerascfg.data.sources.parquet import parquet, peek
from kerascfg.data.table import TensorSpec
from kerascfg.errors import RunError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASCFG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write(folder, columns, name="rows.parquet", **how):
    file = folder / name
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), file, **how)
    return str(file)


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize(
    ("column", "expected", "dtype", "spec"),
    [
        ([1, 2, 3], [1, 2, 3], "int64", ((), "float32")),
        ([1, None, 3], [1, np.nan, 3], "float64", ((), "float32")),
        (pa.array([1, 2, 3], "uint8"), [1, 2, 3], "uint8", ((), "float32")),
        (pa.array([0.5, None, 1], "float32"), [0.5, np.nan, 1], "float32", ((), "float32")),
        ([True, False, True], [True, False, True], "bool", ((), "float32")),
        ([True, None, False], [1, np.nan, 0], "float64", ((), "float32")),
        (pa.nulls(3), [np.nan] * 3, "float64", ((), "float32")),
        (["a", None, "é"], ["a", "", "é"], "object", ((), "string")),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"], "object", ((), "string")),
        ([b"a", b"\xff", None], [b"a", b"\xff", b""], "object", ((), "string")),
        ([[1, 2], [3, 4], [5, 6]], [[1, 2], [3, 4], [5, 6]], "int64", ((2,), "int32")),
        (
            pa.array([[1, 2], [3, None], [5, 6]], pa.list_(pa.float32(), 2)),
            [[1, 2], [3, np.nan], [5, 6]],
            "float32",
            ((2,), "float32"),
        ),
        ([[[1], [2]]] * 3, [[[1], [2]]] * 3, "int64", ((2, 1), "int32")),
        (
            [datetime.date(1970, 1, 2), None, datetime.date(1970, 1, 3)],
            [86_400, np.nan, 172_800],
            "float64",
            ((), "float32"),
        ),
        (
            [datetime.datetime(1970, 1, 1, 0, 0, 1, 500_000), None, None],
            [1.5, np.nan, np.nan],
            "float64",
            ((), "float32"),
        ),
    ],
)
def test_columns_become_what_a_feature_can_be(tmp_path, column, expected, dtype, spec, in_memory):
    table = parquet(write(tmp_path, {"x": column}, row_group_size=2), in_memory=in_memory)
    assert table.columns["x"].dtype == dtype
    np.testing.assert_array_equal(table.columns["x"][:], np.array(expected, dtype))
    assert table.specs["x"] == TensorSpec(*spec)


def test_whole_numbers_are_whole_where_the_file_does_not_count_its_gaps(tmp_path):
    path = write(tmp_path, {"x": [1, 2], "y": [1, None]}, write_statistics=False)
    dtypes = {name: column.dtype for name, column in parquet(path).columns.items()}
    assert dtypes == {"x": "int64", "y": "float64"}


def test_many_files_are_one_table_and_divide_it_by_split(tmp_path):
    train = write(tmp_path, {"x": [1, 2], "y": ["a", "b"]}, "b.parquet")
    test = write(tmp_path, {"y": ["c"], "x": [0.5]}, "a.parquet")
    table = parquet({"train": train, "test": test})
    assert table.columns["x"].tolist() == [1, 2, 0.5]
    assert table.columns["y"].tolist() == ["a", "b", "c"]
    assert table.splits.tolist() == ["train", "train", "test"]
    assert table.place(1) == f"{train}, row 2"


def test_a_table_on_disk_has_the_same_rows_in_any_order(tmp_path, cache):
    random = np.random.default_rng(0)
    columns = {"x": random.normal(size=1000), "y": list(map(str, range(1000)))}
    path = write(tmp_path, columns, row_group_size=100)
    held, spooled = parquet(path), parquet(path, in_memory=False)
    rows = random.integers(0, 1000, 50)
    for name in columns:
        assert not isinstance(spooled.columns[name], np.ndarray)
        assert spooled.columns[name][rows].tolist() == held.columns[name][rows].tolist()
    assert spooled.fingerprint == held.fingerprint
    assert len(list((cache / "tables").iterdir())) == 1
    parquet(path, in_memory=False)
    assert len(list((cache / "tables").iterdir())) == 1


def test_only_the_chosen_columns_are_read(tmp_path):
    path = write(tmp_path, {"a": [1], "b": [{"c": 1}], "d": ["x"]})
    assert list(parquet(path, columns=["d", "a"]).columns) == ["d", "a"]
    assert peek({"path": path, "columns": ["d", "a"]}, "data.source").columns == ("d", "a")


BAD = {
    "nested": (
        {"a": [1], "b": [{"c": 1}]},
        r"Received: `b`, struct<c: int64>",
        "data.source.columns",
    ),
    "map": ({"a": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64()))}, "map<", ""),
    "doubled": (pa.Table.from_arrays([pa.array([1])] * 2, ["a", "a"]), "each name once", ""),
}


@pytest.mark.parametrize("name", BAD)
def test_what_no_table_can_hold_is_a_problem(tmp_path, name):
    columns, message, at = BAD[name]
    path = write(tmp_path, columns)
    (problem,) = peek({"path": path}, "data.source").problems
    assert message.strip("r") in problem.message
    assert at in problem.path
    with pytest.raises(RunError, match=r"rows\.parquet: expected"):
        parquet(path)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([[1, 2], [3]], "row 2: expected lists of one length in column `x`, 2 as before.*: 1 val"),
        ([[1, 2], None], "row 2: expected a list in column `x`. Received: a missing value"),
        (
            pa.array([b"a", b"\xe9"]).cast(pa.string(), safe=False),
            "row 2: expected UTF-8 in column `x`",
        ),
    ],
)
@pytest.mark.parametrize("row_group_size", [1, 2])
def test_a_value_that_does_not_fit_is_said_with_file_and_row(
    tmp_path, column, message, row_group_size, cache
):
    path = write(tmp_path, {"x": column}, row_group_size=row_group_size)
    for in_memory in (True, False):
        with pytest.raises(RunError, match=rf"rows\.parquet, {message}"):
            parquet(path, in_memory=in_memory)
    assert not list(cache.rglob("records"))


def test_files_that_differ_are_named(tmp_path):
    write(tmp_path, {"x": [1]}, "a.parquet")
    for name, columns, message in (
        ("b", {"y": [1]}, r"b\.parquet: expected the columns of .*a\.parquet \(x\)\. Received: y"),
        ("b", {"x": ["?"]}, r"b\.parquet: expected the types of .*a\.parquet\..*int64.*string"),
    ):
        write(tmp_path, columns, f"{name}.parquet")
        with pytest.raises(RunError, match=message):
            parquet(str(tmp_path / "*.parquet"))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"a,b\n1,2\n", "half"])
def test_a_file_that_is_no_parquet_or_cut_off_is_a_problem(tmp_path, content):
    path = write(tmp_path, {"x": list(range(1000))})
    whole = (tmp_path / "rows.parquet").read_bytes()
    (tmp_path / "rows.parquet").write_bytes(
        whole[: len(whole) // 2] if content == "half" else content
    )
    (problem,) = peek({"path": path}, "data.source").problems
    assert problem.path == "data.source.path"
    assert "rows.parquet: expected a Parquet file" in problem.message
    with pytest.raises(RunError, match=r"rows\.parquet: expected a Parquet file"):
        parquet(path)


def test_pages_that_are_damaged_are_an_error_with_the_file(tmp_path):
    path = write(tmp_path, {"x": np.random.default_rng(0).normal(size=1000)})
    content = bytearray((tmp_path / "rows.parquet").read_bytes())
    content[4:200] = b"\xff" * 196
    (tmp_path / "rows.parquet").write_bytes(content)
    with pytest.raises(RunError, match=r"rows\.parquet: expected a Parquet file"):
        parquet(path)


def test_a_column_that_is_not_there_is_a_problem_with_the_one_that_was_meant(tmp_path):
    path = write(tmp_path, {"age": [1], "wage": [2]})
    (problem,) = peek({"path": path, "columns": ["agee", "wage"]}, "data.source").problems
    assert problem.fix == "'data.source.columns=[age, wage]'"


def test_a_file_without_rows_has_its_columns(tmp_path):
    table = parquet(write(tmp_path, {"x": pa.array([], pa.int64())}))
    assert table.rows == 0
    assert list(table.columns) == ["x"]


def test_the_missing_package_is_said_with_the_way_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr("kerascfg.data.arrow.tables.find_spec", lambda name: None)
    (problem,) = peek({"path": "x.parquet"}, "data.source").problems
    assert problem.hint == "pip install 'kerascfg[parquet]'"
    assert importlib.util.find_spec("pyarrow")
