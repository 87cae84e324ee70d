import h5py
import numpy as np
import pytest

from kerascfg.data import TensorSpec, check_data
from kerascfg.data.mapped import MappedColumn
from kerascfg.data.sources.hdf5 import hdf5
from kerascfg.errors import RunError

IMAGES = np.arange(50 * 6, dtype="uint8").reshape(50, 2, 3)
CITIES = np.array(["Bonn", "Köln", "Ulm", "Rom", "Oslo"] * 10, dtype=object)
STEPS = [np.arange(n % 4, dtype="float64") for n in range(50)]


@pytest.fixture
def file(tmp_path):
    with h5py.File(tmp_path / "all.h5", "w", userblock_size=512) as opened:
        opened["plain"] = IMAGES
        opened.create_dataset("packed", data=IMAGES, chunks=(7, 2, 3), compression="gzip")
        opened["city"] = CITIES
        opened["left/weight"] = np.arange(50.0)
        steps = opened.create_dataset("steps", 50, h5py.vlen_dtype("float64"))
        for row, values in enumerate(STEPS):
            steps[row] = values
        opened["version"] = 3
    return tmp_path / "all.h5"


def test_datasets_are_columns_named_by_their_paths(file):
    table = hdf5(str(file))
    assert table.specs == {
        "city": TensorSpec((), "string"),
        "left_weight": TensorSpec((), "float32"),
        "packed": TensorSpec((2, 3), "uint8"),
        "plain": TensorSpec((2, 3), "uint8"),
        "steps": TensorSpec((None,), "float32"),
    }
    assert table.notes == (f"{file}: left out, having no rows of plain values: version",)
    assert list(hdf5(str(file), group="left").columns) == ["weight"]


@pytest.mark.parametrize(
    "rows", [slice(None), slice(40, 3, -5), np.array([3, 49, 3, 0]), np.arange(10, 20)]
)
def test_rows_come_in_any_order_and_more_than_once(file, rows):
    columns = hdf5(str(file)).columns
    assert np.array_equal(columns["plain"][rows], IMAGES[rows])
    assert np.array_equal(columns["packed"][rows], IMAGES[rows])
    assert columns["city"][rows].tolist() == CITIES[rows].tolist()
    expected = [STEPS[row] for row in np.arange(50)[rows]]
    assert all(map(np.array_equal, columns["steps"][rows], expected))


def test_what_lies_in_one_piece_is_mapped(file):
    columns = hdf5(str(file)).columns
    assert isinstance(columns["plain"], MappedColumn)
    assert not isinstance(columns["packed"], MappedColumn)


def test_datasets_of_different_lengths_are_listed(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as opened:
        opened["train/x"], opened["test/x"] = np.zeros(5), np.zeros(2)
    with pytest.raises(RunError, match=r"one length. Received: test_x: 2, train_x: 5\n.*group"):
        hdf5(str(tmp_path / "a.h5"))
    assert hdf5(str(tmp_path / "a.h5"), group="/train").rows == 5


def test_a_missing_group_is_named(file):
    with pytest.raises(RunError, match=r"a group lft\. Received: .*left"):
        hdf5(str(file), group="lft")


def test_texts_that_are_not_utf8_are_named_with_their_rows(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as opened:
        opened["city"] = np.array([b"Bonn", b"K\xf6ln"])
    with pytest.raises(RunError, match=r"a\.h5, /city: .*rows 1 to 2.*0xf6"):
        hdf5(str(tmp_path / "a.h5")).columns["city"][:]


def test_a_damaged_chunk_is_named_with_its_rows(file):
    content = bytearray(file.read_bytes())
    with h5py.File(file) as opened:
        place = opened["packed"].id.get_chunk_info(3).byte_offset
    content[place : place + 20] = bytes(20)
    file.write_bytes(content)
    with pytest.raises(RunError, match=r"all\.h5, /packed: the rows 25 to 26 cannot be read"):
        hdf5(str(file)).columns["packed"][np.array([24, 25])]


def test_a_check_and_a_run_refuse_what_is_no_hdf5_file(file, tmp_path):
    other = tmp_path / "b.h5"
    other.write_bytes(b"x,y\n" * 300)
    config = {"source": {"type": "hdf5", "path": str(other)}, "target": "y"}
    (problem,) = check_data(config, "classification")
    assert "expected an HDF5 file" in problem.message
    assert not check_data({**config, "source": {"type": "hdf5", "path": str(file)}}, None)
    with pytest.raises(RunError, match=r"b\.h5: expected an HDF5 file"):
        hdf5(str(other))
    file.write_bytes(file.read_bytes()[:3000])
    with pytest.raises(RunError, match=r"all\.h5: expected an HDF5 file"):
        hdf5(str(file))


def test_two_datasets_of_one_name_are_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as opened:
        opened["left/weight"], opened["left_weight"] = np.zeros(3), np.ones(3)
    with pytest.raises(RunError, match=r"expected each name once\. Received: `left_weight` twice"):
        hdf5(str(tmp_path / "a.h5"))
