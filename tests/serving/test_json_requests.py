"""Bodies of requests, with the errors of TensorFlow Serving's `json_tensor.cc`."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from kerascfg.serving.json_requests import PredictRequest, read_examples, read_predict
from kerascfg.serving.statuses import StatusError
from kerascfg.serving.tensors import Spec

pytest.importorskip("rapidjson", reason="pip install 'kerascfg[serve]'")

X = {"x": Spec("float32", (None,))}
PAIR = {"count": Spec("int32", (None, 2)), "word": Spec("string", (None,))}


def read(body: str | dict[str, Any], specs: dict[str, Spec] = X) -> PredictRequest:
    text = body if isinstance(body, str) else json.dumps(body)
    return read_predict(text.encode(), lambda name: specs)


def error(body: str | dict[str, Any], specs: dict[str, Spec] = X) -> str:
    with pytest.raises(StatusError) as caught:
        read(body, specs)
    assert caught.value.code == "INVALID_ARGUMENT"
    return caught.value.message


def one(dtype: str) -> dict[str, Spec]:
    return {"x": Spec(dtype, None)}


def test_rows_of_one_input_are_plain_values():
    request = read({"instances": [1.0, 2, 5.5]})
    assert (request.format, request.signature) == ("row", "")
    assert request.feeds["x"].dtype == np.float32
    assert request.feeds["x"].tolist() == [1.0, 2.0, 5.5]


def test_rows_of_several_inputs_are_objects():
    rows = [{"count": [1, 2], "word": "a"}, {"word": "é", "count": [3, 4]}]
    feeds = read({"instances": rows, "signature_name": "other"}, PAIR).feeds
    assert feeds["count"].tolist() == [[1, 2], [3, 4]]
    assert feeds["word"].tolist() == [b"a", "é".encode()]


def test_columns_are_whole_inputs():
    columns = {"count": [[1, 2], [3, 4]], "word": ["a", "b"]}
    request = read({"inputs": columns}, PAIR)
    assert request.format == "column"
    assert request.feeds["word"].tolist() == [b"a", b"b"]
    assert read({"inputs": [[1.0]]}).feeds["x"].shape == (1, 1)
    assert read({"inputs": 1.0}).feeds["x"].shape == ()


def test_bytes_are_base64():
    word = one("string")
    feeds = read({"instances": [{"b64": "aGVsbG8="}, {"b64": "d29ybGQ"}]}, word).feeds
    assert feeds["x"].tolist() == [b"hello", b"world"]
    assert read({"inputs": {"b64": "/wA="}}, word).feeds["x"].item() == b"\xff\x00"
    assert read({"instances": [{"x": {"b64": "aGVsbG8="}}]}, word).feeds["x"][0] == b"hello"


def test_not_a_number_and_infinity_are_numbers():
    feeds = read('{"instances": [NaN, -Infinity, Infinity, 1e-3]}').feeds
    assert np.array_equal(
        feeds["x"], np.array([np.nan, -np.inf, np.inf, 1e-3], "float32"), equal_nan=True
    )
    assert np.isinf(read('{"instances": [Inf]}').feeds["x"][0])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "JSON Parse error: The document is empty"),
        ("instances = [1]", "JSON Parse error: Invalid value. at offset: 0"),
        ('{"instances": [1', "JSON Parse error: Missing a comma or ] after an array element. "
                             "at offset: 16"),
        ("[1]", "JSON Value: [\n    1\n] Is not object"),
        ("{}", "Missing 'inputs' or 'instances' key"),
        ('{"instances": [1], "inputs": [1]}', "Not formatted correctly expecting only one of "
                                             "'inputs' or 'instances' keys to exist "),
        ('{"instances": 1}', "Excepting 'instances' to be an list/array"),
        ('{"instances": []}', "No values in 'instances' array"),
        ('{"instances": ["\\ud800"]}', "JSON Parse error: The surrogate pair in string is invalid. "
                                      "at offset: 16"),
        ('{"instances": ["\\uDC00"]}', "The surrogate pair in string is invalid. at offset: 16"),
        ('{"instances": [1e400]}', "JSON Parse error: Number too big to be stored in double. "
                                   "at offset: 15"),
        ('{"instances": [' + "9" * 400 + "]}", "Number too big to be stored in double."),
        ('{"instances": [' + "[" * 70 + "1" + "]" * 70 + "]}",
         "Encountered list at unexpected level: 63 expected < 63"),
        ('{"inputs": ' + "[" * 64 + "1" + "]" * 64 + "}",
         "Encountered list at unexpected level: 63 expected < 63"),
        ('{"signature_name": 5, "instances": [1]}', "'signature_name' key must be a string value."),
        ('{"instances": [' + "[" * 5000 + "]" * 5000 + "]}", "JSON Parse error: nested too deeply"),
    ],
    ids=lambda value: value[:20],
)  # fmt: skip
def test_a_body_of_another_form_is_refused(body: str, message: str):
    assert message in error(body)


@pytest.mark.parametrize(
    ("dtype", "value", "message"),
    [
        ("float32", "a", 'JSON Value: "a" Type: String is not of expected type: float'),
        ("float32", True, "JSON Value: true Type: True is not of expected type: float"),
        ("float32", None, "JSON Value: null Type: Null is not of expected type: float"),
        ("float32", {"a": 1}, "Type: Object is not of expected type: float"),
        ("float32", 16777216, "Cannot convert JSON value: 16777216 to float without loss of"),
        ("float32", 1e39, "Cannot convert JSON value: 1e+39 to float without loss of precision."),
        ("float64", 2**53, "to double without loss of precision."),
        ("int32", 1.5, "JSON Value: 1.5 Type: Number is not of expected type: int32"),
        ("int32", 1.0, "JSON Value: 1.0 Type: Number is not of expected type: int32"),
        ("int32", 2**31, "is not of expected type: int32"),
        ("int64", 2**63, "is not of expected type: int64"),
        ("uint8", 256, "is not of expected type: uint8"),
        ("bool", 1, "JSON Value: 1 Type: Number is not of expected type: bool"),
        ("string", 1, "JSON Value: 1 Type: Number is not of expected type: string"),
        ("string", {"b64": 1}, "not formatted correctly for base64 data"),
        ("string", {"b64": "a?"}, "Unable to base64 decode"),
    ],
)
def test_a_value_of_another_type_is_refused(dtype: str, value: Any, message: str):
    # an object among values is refused before its content is looked at
    first: Any = [value]
    assert message in error({"instances": [first]}, one(dtype))


def test_half_precision_cannot_be_sent_as_json():
    with pytest.raises(StatusError) as caught:
        read({"inputs": [1]}, one("float16"))
    assert caught.value.code == "UNIMPLEMENTED"
    assert "Conversion of JSON Value: 1 to type: half" in str(caught.value)


@pytest.mark.parametrize(
    ("instances", "message"),
    [
        ([[1, 2], [3]], "Failed to process element: 1 of 'instances' list. "
                        "Error: INVALID_ARGUMENT: Expecting tensor size: 2 but got: 1"),
        ([[1, 2], [[3, 4]]], "Expecting shape [2] but got: [1,2]"),
        ([[1, [2]]], "Encountered list at unexpected level: 1 expected < 1"),
        ([[[1], [2, 3]]], "Encountered list at unexpected size: 2 at level: 1 expected size: 1"),
        ([[[1], 2]], "JSON Value: 2 found at incorrect level: 2 in the JSON DOM. "
                     "Expected at level: 2"),
        ([{"y": 1}], "Failed to process element: 0 key: y of 'instances' list. Error: "
                     "INVALID_ARGUMENT: JSON object: does not have named input: y"),
        ([1, {"x": 1}], "Expecting value/list but got object at item 1 of input list"),
        ([{"x": 1}, 1], "Expecting object but got list at item 1 of input list"),
    ],
)  # fmt: skip
def test_instances_that_do_not_make_one_tensor_are_refused(instances: list[Any], message: str):
    assert message in error({"instances": instances})


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_a_body_is_plain_utf_8(encoding: str):
    with pytest.raises(StatusError, match="JSON Parse error"):
        read_predict('{"instances": [1]}'.encode(encoding), lambda name: X)


@pytest.mark.parametrize("value", ["1", "Inf"])
def test_the_first_of_a_repeated_key_is_meant(value: str):
    body = f'{{"instances": [{value}], "instances": [2, 3], "signature_name": "s"}}'
    assert read(body).feeds["x"].tolist() == [float(value)]


def test_pairs_of_surrogates_and_large_exponents_are_read():
    assert read('{"instances": ["\\ud83d\\ude00"]}', one("string")).feeds["x"][0] == "😀".encode()
    assert read('{"instances": [1e-100, 0.1e+030]}').feeds["x"].tolist() == [
        0.0,
        float(np.float32(1e29)),
    ]


def test_every_input_has_to_be_there():
    message = error({"instances": [{"word": "a"}]}, PAIR)
    assert message.startswith("Failed to process element: 0 of 'instances' list. JSON object: {")
    assert message.endswith("keys must be equal to: count,word")
    assert "instances is a plain list" in error({"instances": [1]}, PAIR)
    assert error({"inputs": {"word": ["a"]}}, PAIR) == (
        "Missing named input: count in 'inputs' object."
    )
    assert "inputs is a plain value/list" in error({"inputs": [1]}, PAIR)


def test_examples_are_read_for_their_signature():
    assert read_examples(b'{"examples": [{"x": 1}], "signature_name": "s"}') == "s"
    for body, message in (
        (b"{}", "key 'examples' is expected and was not found"),
        (b'{"examples": 1}', "Expecting 'examples' value to be an list/array"),
        (b'{"examples": []}', "'examples' value is an empty array"),
    ):
        with pytest.raises(StatusError, match=message):
            read_examples(body)
