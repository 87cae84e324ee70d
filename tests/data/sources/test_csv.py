import numpy as np
import pytest

from kerascfg.data.sources.csv import csv
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


def test_the_fingerprint_is_of_the_content(tmp_path):
    first = table(tmp_path, "a\n1\n").fingerprint
    assert table(tmp_path, "a\n1\n").fingerprint == first
    assert table(tmp_path, "a\n2\n").fingerprint != first
