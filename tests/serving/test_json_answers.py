from __future__ import annotations

import json

import numpy as np
import pytest

from kerascfg.serving.json_answers import column_json, encoded, error_json, row_json
from kerascfg.serving.json_values import float_text
from kerascfg.serving.statuses import StatusError


def test_rows_of_one_output_stand_on_one_line():
    answer = row_json({"y": np.array([[3.5, 4], [5.25, -1]], "float32")})
    assert answer == '{\n    "predictions": [[3.5, 4.0], [5.25, -1.0]\n    ]\n}'


def test_rows_of_several_outputs_are_objects():
    answer = row_json({"a": np.array([1, 2]), "b": np.array([[True], [False]])})
    assert answer == (
        '{\n    "predictions": [\n'
        '        {\n            "a": 1,\n            "b": [true]\n        },\n'
        '        {\n            "a": 2,\n            "b": [false]\n        }\n    ]\n}'
    )


def test_columns_have_a_line_for_each_value():
    assert column_json({"y": np.array([[1, 2]])}) == (
        '{\n    "outputs": [\n        [\n            1,\n            2\n        ]\n    ]\n}'
    )
    answer = column_json({"a": np.array([1.5]), "b": np.array(2)})
    assert answer == (
        '{\n    "outputs": {\n        "a": [\n            1.5\n        ],\n        "b": 2\n    }\n}'
    )


def test_texts_are_strings_and_bytes_base64_by_the_name_of_the_output():
    word = np.array([b'caf\xc3\xa9 "x"'], object)
    assert json.loads(row_json({"word": word})) == {"predictions": ['café "x"']}
    assert json.loads(row_json({"word_bytes": word})) == {"predictions": [{"b64": "Y2Fmw6kgIngi"}]}


def test_texts_that_are_no_unicode_are_sent_as_they_are():
    assert b'["\xff"' in encoded(row_json({"word": np.array([b"\xff"], object)}))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32(0.2), "0.2"),
        (np.float32(1 / 3), "0.333333343"),
        (np.float64(1 / 3), "0.33333333333333331"),
        (np.float32(7), "7.0"),
        (np.float32(9e6), "9e+06"),
        (np.float32(3e-5), "3e-05"),
        (np.float32(-0.0), "-0.0"),
        (np.float32("nan"), "NaN"),
        (np.float32("-inf"), "-Infinity"),
        (np.float64("inf"), "Infinity"),
    ],
)
def test_a_float_is_spelt_so_that_it_is_read_back(value: np.floating, text: str):
    assert float_text(value) == text
    assert type(value)(float(text)) == value or np.isnan(value)


def test_rows_need_one_number_of_instances():
    with pytest.raises(StatusError, match="Tensor name: y has no shape information"):
        row_json({"y": np.array(1.0)})
    with pytest.raises(StatusError, match="b has inconsistent batch size: 2 expecting: 1"):
        row_json({"a": np.array([1]), "b": np.array([1, 2])})


def test_half_precision_is_written_as_a_number():
    assert "0.5" in row_json({"y": np.array([0.5], "float16")})


def test_a_type_without_json_is_refused():
    with pytest.raises(StatusError, match="Failed to write JSON value for tensor type: complex64"):
        row_json({"y": np.array([1j], "complex64")})


def test_an_error_is_one_object():
    assert error_json('a "b"') == b'{\n    "error": "a \\"b\\""\n}'


def test_an_error_is_utf_8_whatever_it_quotes():
    assert json.loads(error_json("not found: \udc80 é")) == {"error": "not found: \udc80 é"}
