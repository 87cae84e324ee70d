import re

import numpy as np
import pytest

from kerascfg.data.sources.csv import csv, peek
from kerascfg.errors import RunError


def table(tmp_path, content, **arguments):
    file = tmp_path / "table.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return csv(str(file), **arguments)


def test_columns_are_whole_numbers_numbers_or_texts(wine_csv):
    wine = csv(str(wine_csv))
    assert {name: values.dtype.name for name, values in wine.columns.items()} == {
        "alcohol": "float64",
        "hue": "float64",
        "magnesium": "int64",
        "grower": "object",
    }
    assert {name: spec.dtype for name, spec in wine.specs.items()} == {
        "alcohol": "float32",
        "hue": "float32",
        "magnesium": "float32",
        "grower": "string",
    }
    assert {spec.shape for spec in wine.specs.values()} == {()}
    assert wine.rows == 178


def test_an_empty_cell_is_nan_among_numbers_and_empty_among_texts(tmp_path):
    columns = table(tmp_path, "a,b,c\n1,x,NA\n,,3\n").columns
    assert np.isnan(columns["a"][1])
    assert columns["b"].tolist() == ["x", ""]
    assert np.isnan(columns["c"][0])


def test_quotes_separators_blank_lines_and_byte_order_marks_are_read(tmp_path):
    content = '\ufeffname;size\r\n"Doe; J.";1,5\r\n\r\n"two\nlines";2\r\n'
    columns = table(tmp_path, content, separator=";").columns
    assert columns["name"].tolist() == ["Doe; J.", "two\nlines"]
    assert columns["size"].tolist() == ["1,5", "2"]


def test_numbers_are_not_read_into_texts(tmp_path):
    columns = table(tmp_path, "id,big\n1_000,99999999999999999999\n2,1\n").columns
    assert columns["id"].tolist() == ["1_000", "2"]
    assert columns["big"].dtype == "float64"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n3\n", r"table\.csv, row 3: expected 2 cells.*Received: 1"),
        ('a,b\n"x\ny",2\n1,2,3\n', r"table\.csv, row 4: expected 2 cells.*Received: 3"),
        (b"a,b\n1,caf\xe9\n", r"table\.csv, row 2: expected UTF-8.*0xe9"),
        (
            "a,b,a\n1,2,3\n",
            r"row 1: expected each name once. Received: `a` for the columns 1 and 3",
        ),
        ("a,,c\n1,2,3\n", r"row 1: expected a name for every column.*column 2 of 3"),
        ("", r"table\.csv: expected a header"),
        ("\n\n", r"table\.csv: expected a header"),
        ('a,b\n1,"2\n', r"table\.csv, row 2: expected CSV"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_row(tmp_path, content, message):
    with pytest.raises(RunError, match=message):
        table(tmp_path, content)


def test_a_header_alone_is_a_table_without_rows(tmp_path):
    assert table(tmp_path, "a,b\n").rows == 0


def write(folder, **contents):
    for name, content in contents.items():
        content = content if isinstance(content, bytes) else content.encode()
        (folder / f"{name}.csv").write_bytes(content)
    return str(folder / "*.csv")


def test_many_files_are_one_table(tmp_path):
    path = write(tmp_path, b="x,y\n3,u\n", a="x,y\n1,v\n\n2,w\n")
    read = csv(path)
    assert read.columns["x"].tolist() == [1, 2, 3]
    assert read.columns["y"].tolist() == ["v", "w", "u"]
    assert [read.place(row) for row in range(3)] == [
        f"{tmp_path / 'a.csv'}, row 2",
        f"{tmp_path / 'a.csv'}, row 4",
        f"{tmp_path / 'b.csv'}, row 2",
    ]


def test_files_by_split_divide_the_table(tmp_path):
    write(tmp_path, a="x\n1\n2\n", b="x\n3\n")
    read = csv({"train": f"{tmp_path}/a.csv", "test": f"{tmp_path}/b.csv"})
    assert read.splits.tolist() == ["train", "train", "test"]


def test_a_file_with_another_header_is_named(tmp_path):
    path = write(tmp_path, a="x,y\n1,2\n", b="x,z\n1,2\n")
    message = r"b\.csv, row 1: expected the header of .*a\.csv \(x, y\)\. Received: x, z"
    with pytest.raises(RunError, match=message):
        csv(path)
    (problem,) = peek({"path": path}, "data.source").problems
    assert re.search(message, problem.message)


def test_a_tab_parts_cells_that_hold_commas_and_quoted_tabs(tmp_path):
    columns = table(tmp_path, 'a\tb\n1,5\t"x\ty ""z"""\n', separator="\t").columns
    assert columns["a"].tolist() == ["1,5"]
    assert columns["b"].tolist() == ['x\ty "z"']


def test_a_cell_may_hold_a_whole_document(tmp_path):
    long = "word " * 50_000
    assert table(tmp_path, f'text,label\n"{long}",1\n').columns["text"].tolist() == [long]


@pytest.mark.parametrize(
    ("content", "kept", "skipped"),
    [
        ("a,b\n1,2\n3\n5,6\n", [1, 5], ["row 3: expected 2 cells, as the header has. Received: 1"]),
        (b"a,b\n1,x\n2,caf\xe9\n3,y\n", [1, 3], ["row 3: expected UTF-8"]),
        ('a,b\n1,"x\n2,y\n3,"z"\n', [2, 3], ["row 2: expected CSV"]),
        ('a,b\n1,x\n2,"y\n3,z\n', [1, 3], ["row 3: expected CSV. unexpected end of data"]),
        ('a,b\n1,"x\ny"\n2,"x"y\n3\n4,z\n', [1, 4], ["row 4: expected CSV", "row 5: expected 2"]),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_read_are_skipped_and_listed_if_asked(tmp_path, content, kept, skipped):
    read = table(tmp_path, content, on_error="skip")
    assert read.columns["a"].tolist() == kept
    for said, expected in zip(read.skipped, skipped, strict=True):
        assert said.startswith(f"{tmp_path / 'table.csv'}, {expected}")


def test_a_header_that_cannot_be_read_is_never_skipped(tmp_path):
    with pytest.raises(RunError, match="row 1: expected UTF-8"):
        table(tmp_path, b"caf\xe9,b\n1,2\n", on_error="skip")


def test_a_column_that_changes_to_text_is_said_with_the_row(tmp_path):
    read = table(tmp_path, "wage,city\n10,Bonn\n20,Ulm\n,Ulm\nmuch,Ulm\n30,Ulm\n")
    assert read.columns["wage"].tolist() == ["10", "20", "", "much", "30"]
    assert read.notes == (
        "`wage` is a text although most of its cells are numbers: "
        f"{tmp_path / 'table.csv'}, row 5, has 'much'",
    )


def test_the_fingerprint_is_of_the_content_of_all_files(tmp_path):
    path = write(tmp_path, a="x\n1\n", b="x\n2\n")
    one, both = csv(f"{tmp_path}/a.csv").fingerprint, csv(path).fingerprint
    assert both != one
    write(tmp_path, b="x\n3\n")
    assert csv(path).fingerprint != both


def test_the_fingerprint_is_of_the_content(tmp_path):
    first = table(tmp_path, "a\n1\n").fingerprint
    assert table(tmp_path, "a\n1\n").fingerprint == first
    assert table(tmp_path, "a\n2\n").fingerprint != first


def test_a_header_that_another_character_parts_is_told(tmp_path):
    (tmp_path / "t.csv").write_text("city;wage;kind\nUlm;1,5;old\n", encoding="utf-8")
    (problem,) = peek({"path": str(tmp_path / "t.csv")}, "data.source").problems
    assert problem.path == "data.source.separator"
    assert problem.message.endswith("the cells of `city;wage;kind`. Received: ','")
    assert problem.fix == "'data.source.separator=\";\"'"
