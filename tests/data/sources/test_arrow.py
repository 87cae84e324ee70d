import numpy as np
import pytest

from kerascfg.data.sources.arrow import arrow, peek
from kerascfg.errors import RunError

pa = pytest.importorskip("pyarrow")
feather = pytest.importorskip("pyarrow.feather")

TABLE = {
    "x": [1, None, 3],
    "label": ["a", "b", None],
    "pixels": [[1, 2], [3, 4], [5, 6]],
}


def write(file, kind="file", **columns):
    table = pa.table(columns or TABLE)
    match kind:
        case "feather":
            feather.write_feather(table, file, chunksize=2, compression="zstd")
        case "stream":
            with pa.ipc.new_stream(file, table.schema) as writer:
                writer.write_table(table, max_chunksize=2)
        case "file":
            with pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table, max_chunksize=2)
    return str(file)


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("kind", ["file", "stream", "feather"])
def test_files_streams_and_feather_are_the_same_table(tmp_path, monkeypatch, kind, in_memory):
    monkeypatch.setenv("KERASCFG_CACHE", str(tmp_path))
    path = write(tmp_path / "rows.arrow", kind)
    assert peek({"path": path}, "data.source").columns == ("x", "label", "pixels")
    table = arrow(path, in_memory=in_memory)
    assert np.array_equal(table.columns["x"][:], [1, np.nan, 3], equal_nan=True)
    assert table.columns["label"][:].tolist() == ["a", "b", ""]
    assert table.columns["pixels"][:].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert table.place(2) == f"{path}, row 3"


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_only_the_chosen_columns_are_read_in_the_order_asked_for(tmp_path, kind):
    table = arrow(write(tmp_path / "rows.arrow", kind), columns=["pixels", "x"])
    assert list(table.columns) == ["pixels", "x"]


def test_files_by_split_divide_the_table(tmp_path):
    train = write(tmp_path / "b.arrow", "stream", x=[1, 2])
    table = arrow({"train": train, "validation": write(tmp_path / "a.arrow", x=[3])})
    assert table.splits.tolist() == ["train", "train", "validation"]


@pytest.mark.parametrize("kind", ["file", "stream"])
@pytest.mark.parametrize("share", [0, 0.1, 0.6])
def test_a_file_that_is_cut_off_is_an_error_with_its_name(tmp_path, kind, share):
    file = tmp_path / "rows.arrow"
    write(file, kind, x=list(range(1000)))
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(RunError, match=r"rows\.arrow: expected an Arrow file"):
        arrow(str(file))


def test_the_first_version_of_feather_is_refused(tmp_path):
    (tmp_path / "rows.feather").write_bytes(b"FEA1" + b"\0" * 100)
    (problem,) = peek({"path": str(tmp_path / "rows.feather")}, "data.source").problems
    assert "first version of Feather" in problem.message


def test_a_number_that_a_gap_would_make_another_is_named(tmp_path):
    path = write(tmp_path / "rows.arrow", key=[1, None, 2**60 + 1])
    with pytest.raises(RunError, match=r"rows\.arrow, row 3: .* 2\*\*53 in column `key`.*846977"):
        arrow(path)
    assert arrow(write(tmp_path / "whole.arrow", key=[1, 2**60 + 1])).columns["key"][1] == 2**60 + 1
