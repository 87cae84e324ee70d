import io

import numpy as np
import pytest
from PIL import Image

from kerascfg.data import TensorSpec
from kerascfg.data.sources.tfrecord import tfrecord
from kerascfg.data.tfrecords import scan
from kerascfg.data.tfrecords.records import ExampleColumn
from kerascfg.errors import RunError
from tests.data.tfrecords.writing import example, write_records

pytestmark = pytest.mark.slow

FEATURES = {
    "city": {"dtype": "string"},
    "size": {"dtype": "int32"},
    "vector": {"shape": [3]},
    "grid": {"shape": [2, 2], "dtype": "uint8", "decode": "raw"},
    "steps": {"shape": [None, 2], "dtype": "int64"},
}


def row(n):
    return {
        "city": ["Bonn", "Köln"][n % 2],
        "size": n,
        "vector": [n / 2, 1.0, 2.0],
        "grid": bytes([n % 256, 1, 2, 3]),
        "steps": list(range(2 * (n % 3))),
    }


@pytest.fixture
def files(tmp_path):
    write_records(tmp_path / "a-0.tfrecord", map(row, range(600)))
    write_records(tmp_path / "a-1.tfrecord", map(row, range(600, 700)))
    return str(tmp_path / "a-*.tfrecord")


def test_features_are_columns(files):
    table = tfrecord(files, FEATURES)
    assert table.specs == {
        "city": TensorSpec((), "string"),
        "size": TensorSpec((), "int32"),
        "vector": TensorSpec((3,), "float32"),
        "grid": TensorSpec((2, 2), "uint8"),
        "steps": TensorSpec((None, 2), "int64"),
    }
    assert table.rows == 700 and table.load is None
    assert isinstance(table.columns["size"], np.ndarray)
    assert isinstance(table.columns["vector"], ExampleColumn)
    assert table.place is not None and table.place(650).endswith("a-1.tfrecord, record 51")


@pytest.mark.parametrize("held", [scan.HELD, 0])
def test_rows_come_in_any_order_and_more_than_once(files, held, monkeypatch):
    monkeypatch.setattr(scan, "HELD", held)
    columns = tfrecord(files, FEATURES).columns
    assert isinstance(columns["size"], np.ndarray) == bool(held)
    rows = np.array([699, 3, 3, 600, 0])
    assert columns["size"][rows].tolist() == rows.tolist()
    assert columns["size"][690:].tolist() == list(range(690, 700))
    assert columns["vector"][rows][:, 0].tolist() == (rows / 2).tolist()
    assert columns["grid"][rows][:, 0, 0].tolist() == [699 % 256, 3, 3, 600 % 256, 0]
    cities = [each if held else each.decode() for each in columns["city"][rows]]
    assert cities == ["Köln", "Köln", "Köln", "Bonn", "Bonn"]
    assert [steps.tolist() for steps in columns["steps"][np.array([2, 0])]] == [
        [[0, 1], [2, 3]],
        [],
    ]


def test_bytes_that_are_no_texts_are_not_held(tmp_path):
    file = write_records(tmp_path / "a.tfrecord", [{"png": b"\x89PNG"}, {"png": b"\xff"}])
    column = tfrecord(str(file), {"png": {"dtype": "string"}}).columns["png"]
    assert isinstance(column, ExampleColumn)
    assert column[:].tolist() == [b"\x89PNG", b"\xff"]


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_images_are_decoded_and_resized_where_their_size_differs(tmp_path, dtype):
    images = [np.arange(48, dtype="uint8").reshape(4, 4, 3), np.full((9, 7, 3), 50, "uint8")]
    file = write_records(tmp_path / "a.tfrecord", [{"image": png(each)} for each in images])
    features = {"image": {"shape": [4, 4, 3], "dtype": dtype, "decode": "image"}}
    table = tfrecord(str(file), features)
    assert table.load is not None
    decoded = [table.load({"image": each})["image"] for each in table.columns["image"][:]]
    assert [each.dtype.name for each in decoded] == [dtype, dtype]
    assert np.array_equal(decoded[0], images[0])
    np.testing.assert_allclose(decoded[1], np.full((4, 4, 3), 50), rtol=1e-6)


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_files_by_split_divide_the_rows(tmp_path, files):
    path = {"train": str(tmp_path / "a-0.tfrecord"), "test": str(tmp_path / "a-1.tfrecord")}
    table = tfrecord(path, FEATURES)
    assert table.splits is not None and table.columns["size"][table.splits == "test"][0] == 600


WRONG = {
    r"expected a feature `size` \(int64\)\. Received: none": {
        k: v for k, v in row(1).items() if k != "size"
    },
    "expected int64 in the feature `size`": {**row(1), "size": 1.5},
    r"expected a feature `vector` of shape \[3\]. Received: 2 values": {
        **row(1),
        "vector": [1.0, 2.0],
    },
    "expected a tf.train.Example": b"other",
    "expected what `features` says": {**row(1), "grid": b"123"},
}


@pytest.mark.parametrize(("message", "wrong"), WRONG.items())
def test_a_wrong_record_is_named_or_skipped(tmp_path, message, wrong):
    file = write_records(tmp_path / "a.tfrecord", [*map(row, range(520)), wrong, row(521)])
    with pytest.raises(RunError, match=rf"a\.tfrecord, record 521: {message}"):
        tfrecord(str(file), FEATURES)
    table = tfrecord(str(file), FEATURES, on_error="skip")
    (skipped,) = table.skipped
    assert "a.tfrecord, record 521: expected" in skipped
    assert table.columns["size"][-2:].tolist() == [519, 521]
    assert table.columns["vector"][519:][:, 0].tolist() == [519 / 2, 521 / 2]
    assert table.place is not None and table.place(520).endswith("record 522")


@pytest.mark.parametrize(("damage", "message"), [("cut", "cut off"), ("flip", "wrong checksum")])
def test_a_damaged_file_is_named_with_its_record(tmp_path, damage, message):
    file = write_records(tmp_path / "a.tfrecord", map(row, range(600)))
    content = bytearray(file.read_bytes())
    if damage == "cut":
        content = content[:-10]
    else:
        content[-30] ^= 1
    file.write_bytes(content)
    with pytest.raises(RunError, match=rf"a\.tfrecord, record 600: expected .*{message}"):
        tfrecord(str(file), FEATURES)
    table = tfrecord(str(file), FEATURES, on_error="skip")
    assert table.rows == 599
    (skipped,) = table.skipped
    assert "record 600" in skipped and "all that follow" in skipped


def test_a_file_that_shrinks_while_it_is_used_is_named(files, tmp_path):
    table = tfrecord(files, FEATURES)
    (tmp_path / "a-1.tfrecord").write_bytes(b"")
    with pytest.raises(RunError, match=r"a-1\.tfrecord has become shorter"):
        table.columns["vector"][np.array([650])]


def test_the_fingerprint_is_of_the_content(files, tmp_path):
    first = tfrecord(files, FEATURES).fingerprint
    write_records(tmp_path / "a-1.tfrecord", [example(row(n)) for n in range(600, 700)])
    write_records(tmp_path / "a-0.tfrecord", map(row, range(600)))
    assert first != tfrecord(str(tmp_path / "a-0.tfrecord"), FEATURES).fingerprint
