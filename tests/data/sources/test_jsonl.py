import json

import numpy as np
import pytest

from kerascfg.data.sources.jsonl import jsonl, peek
from kerascfg.data.table import TensorSpec
from kerascfg.errors import RunError


def write(folder, *lines, name="rows.jsonl"):
    file = folder / name
    file.write_bytes(b"\n".join(x if isinstance(x, bytes) else x.encode() for x in lines))
    return str(file)


def test_keys_are_columns_of_numbers_truths_texts_and_tensors(tmp_path):
    rows = [
        {"age": 3, "wage": 1.5, "new": True, "city": "Köln", "pixels": [[1, 2], [3, 4]]},
        {"age": 4, "wage": 2, "new": False, "city": "Ulm", "pixels": [[5, 6], [7, 8]]},
    ]
    table = jsonl(write(tmp_path, *map(json.dumps, rows)))
    assert {name: column.dtype.name for name, column in table.columns.items()} == {
        "age": "int64",
        "wage": "float64",
        "new": "bool",
        "city": "object",
        "pixels": "int64",
    }
    assert table.columns["city"].tolist() == ["Köln", "Ulm"]
    assert table.specs["pixels"] == TensorSpec((2, 2), "int32")
    assert {table.specs[name] for name in ("age", "wage", "new")} == {TensorSpec((), "float32")}


def test_a_missing_key_and_null_are_missing_values(tmp_path):
    columns = jsonl(write(tmp_path, '{"a": 1, "c": null}', '{"b": "x"}', "", '{"a": null}')).columns
    assert np.array_equal(columns["a"], [1, np.nan, np.nan], equal_nan=True)
    assert columns["b"].tolist() == ["", "x", ""]
    assert np.isnan(columns["c"]).all()


def test_whole_numbers_beyond_64_bits_are_numbers(tmp_path):
    assert jsonl(write(tmp_path, '{"a": 99999999999999999999}')).columns["a"].dtype == "float64"


def test_many_files_are_one_table_and_divide_it_by_split(tmp_path):
    train = write(tmp_path, '{"a": 1}', "", '{"a": 2}', name="1.jsonl")
    test = write(tmp_path, '{"a": 3}', name="0.jsonl")
    table = jsonl({"train": train, "test": test})
    assert table.columns["a"].tolist() == [1, 2, 3]
    assert table.splits.tolist() == ["train", "train", "test"]
    assert table.place(1) == f"{train}, row 3"


BAD = [
    ("{", "expected JSON"),
    ("[1]", r"expected an object, \{\.\.\.\}\. Received: \[1\]"),
    (b'{"x": "caf\xe9"}', "expected UTF-8. Received: the byte 0xe9"),
    ('{"x": 1}', "expected a text for `x`, as in the rows before. Received: 1"),
    ('{"x": {"y": 1}}', "`x`: expected a number, a text, true, false or a list"),
    ('{"v": [1, 2, 3]}', r"expected a number of shape \[2\] for `v`.*Received: \[1, 2, 3\]"),
    ('{"v": [1, null]}', "`v`: expected a list of values of one kind"),
    ('{"v": [[1], [2, 3]]}', "`v`: expected a list of values of one kind and shape"),
    ('{"x": "b"}', r"expected a number of shape \[2\] for `v`. Received: nothing"),
    ("[" * 100_000, "expected JSON"),
    ('{"x": "\\ud800", "v": [1, 2]}', "expected Unicode. Received: half a character"),
    ('{"x": "a", "v": [1, 1' + "0" * 400 + "]}", "expected JSON. Received: a number of 401 digits"),
]


@pytest.mark.parametrize(("line", "message"), BAD)
def test_a_bad_line_is_said_with_file_and_row(tmp_path, line, message):
    with pytest.raises(RunError, match=rf"rows\.jsonl, row 2: {message}"):
        jsonl(write(tmp_path, '{"x": "a", "v": [1, 2]}', line))


def test_bad_lines_are_skipped_and_listed_if_asked(tmp_path):
    good = '{"x": "a", "v": [1, 2]}'
    table = jsonl(write(tmp_path, good, *(line for line, _ in BAD), good), on_error="skip")
    assert table.rows == 2
    assert table.place(1).endswith(f"row {len(BAD) + 2}")
    assert len(table.skipped) == len(BAD)
    assert table.skipped[0].startswith(f"{tmp_path / 'rows.jsonl'}, row 2: expected JSON")


def test_a_refused_line_does_not_say_what_its_keys_are(tmp_path):
    table = jsonl(write(tmp_path, '{"x": 1}', '{"y": 1, "x": "?"}', '{"y": "z"}'), on_error="skip")
    assert table.columns["y"].tolist() == ["", "z"]


@pytest.mark.parametrize("lines", [[], ["", ""], ["{", "[]"]])
def test_a_file_without_objects_is_refused_before_and_while_it_is_read(tmp_path, lines):
    path = write(tmp_path, *lines)
    with pytest.raises(RunError, match=r"expected a JSON object a line\. Received: .*rows\.jsonl"):
        jsonl(path, on_error="skip")
    (problem,) = peek({"path": path}, "data.source").problems
    assert problem.message.startswith("expected a JSON object a line")


def test_a_check_knows_the_keys_of_a_small_file(tmp_path):
    path = write(tmp_path, '{"a": 1}', "{", '{"b": 1}')
    assert peek({"path": path}, "data.source").columns == ("a", "b")


def test_a_check_does_not_guess_the_keys_of_a_large_file(tmp_path):
    path = write(tmp_path, *['{"a": "' + "x" * 1000 + '"}'] * 2000)
    assert peek({"path": path}, "data.source").columns is None


def test_the_fingerprint_is_of_the_bytes(tmp_path):
    first = jsonl(write(tmp_path, '{"a": 1}')).fingerprint
    assert jsonl(write(tmp_path, '{"a": 1}', name="other.jsonl")).fingerprint == first
    assert jsonl(write(tmp_path, '{"a": 2}')).fingerprint != first
