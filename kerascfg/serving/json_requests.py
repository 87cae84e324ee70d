"""Requests in JSON, read as TensorFlow Serving reads them.

Protocol: https://www.tensorflow.org/tfx/serving/api_rest. The errors are worded as in its
`json_tensor.cc`, which builds on RapidJSON; where Python's own parser, which is several times
faster, does not take a text, RapidJSON says what is wrong with it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.serving.json_values import array_of_values, json_text
from kerascfg.serving.statuses import StatusError, invalid
from kerascfg.serving.tensors import Spec

if TYPE_CHECKING:
    import numpy as np

Format = Literal["row", "column"]
Specs = Mapping[str, Spec]
_DOUBTFUL = re.compile(rb"\\u[dD][89a-fA-F]|\d[eE]\+?\d{3}|\d{309}")
"""Halves of surrogate pairs and numbers beyond any float: Python's parser takes them."""
_TOO_DEEP = "JSON Parse error: nested too deeply"


@dataclass(frozen=True)
class PredictRequest:
    """A request to predict.

    Attributes:
        signature: name of the signature, "" for the default.
        format: whether the answer goes by rows ("predictions") or columns ("outputs").
        feeds: input -> array.
    """

    signature: str
    format: Format
    feeds: Mapping[str, np.ndarray]


def read_predict(body: bytes, inputs_of: Callable[[str], Specs]) -> PredictRequest:
    """Read the body of a `:predict` request.

    Args:
        body: JSON.
        inputs_of: signature's name -> its inputs; raises `StatusError` where there is none.

    Raises:
        StatusError: the body is no such request.
    """
    document = read_document(body)
    signature = read_signature(document)
    try:
        return _tensors(document, signature, inputs_of(signature))
    except RecursionError as error:
        raise invalid(_TOO_DEEP) from error


def _tensors(document: dict[str, Any], signature: str, specs: Specs) -> PredictRequest:
    row, column = "instances" in document, "inputs" in document
    if row and column:
        raise _malformed(
            document,
            "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ",
        )
    if column:
        return PredictRequest(signature, "column", _by_column(document["inputs"], specs))
    if not row:
        raise invalid("Missing 'inputs' or 'instances' key")
    instances = document["instances"]
    if not isinstance(instances, list):
        raise _malformed(document, "Excepting 'instances' to be an list/array")
    if not instances:
        raise _malformed(document, "No values in 'instances' array")
    return PredictRequest(signature, "row", _by_row(instances, specs))


def read_examples(body: bytes) -> str:
    """Read the body of a `:classify` or `:regress` request and return its signature's name.

    Raises:
        StatusError: the body is no such request.
    """
    document = read_document(body)
    signature = read_signature(document)
    examples = document.get("examples")
    if "examples" not in document:
        raise _malformed(
            document, "When method is classify, key 'examples' is expected and was not found"
        )
    if not isinstance(examples, list):
        raise _malformed(document, "Expecting 'examples' value to be an list/array")
    if not examples:
        raise _malformed(document, "'examples' value is an empty array")
    return signature


def read_document(body: bytes) -> dict[str, Any]:
    """Parse a JSON object.

    Raises:
        StatusError: it is none.
    """
    if not body:
        raise invalid("JSON Parse error: The document is empty")
    try:
        if _DOUBTFUL.search(body):
            _parsed_as_served(body)
        document = json.loads(body.decode("utf-8"), object_pairs_hook=_first_of_each)
    except (ValueError, RecursionError):
        document = _parsed_as_served(body)
    if not isinstance(document, dict):
        raise _malformed(document, "Is not object")
    return document


def read_signature(document: Mapping[str, Any]) -> str:
    """Return the name of the signature that a request asks for, "" for the default.

    Raises:
        StatusError: it is no text.
    """
    signature = document.get("signature_name", "")
    if not isinstance(signature, str):
        raise _malformed(
            document, "not formatted correctly. 'signature_name' key must be a string value."
        )
    return signature


def _first_of_each(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; of a name said more than once RapidJSON finds the first."""
    made = dict(members)
    return made if len(made) == len(members) else dict(reversed(members))


def _parsed_as_served(body: bytes) -> Any:
    import rapidjson

    class Decoder(rapidjson.Decoder):
        def start_object(self) -> list[tuple[str, Any]]:
            return []

        def end_object(self, members: list[tuple[str, Any]]) -> dict[str, Any]:
            return _first_of_each(members)

    try:
        return Decoder(number_mode=rapidjson.NM_NATIVE | rapidjson.NM_NAN)(body)
    except UnicodeDecodeError as error:
        raise _unparsed("Invalid encoding in string.", error.start) from error
    except RecursionError as error:
        raise invalid(_TOO_DEEP) from error
    except ValueError as error:
        said = re.fullmatch(r"Parse error at offset (\d+): (.*)", str(error), re.DOTALL)
        if not said:
            raise
        raise _unparsed(said[2].replace("'", ""), int(said[1])) from error


def _unparsed(reason: str, offset: int) -> StatusError:
    return invalid(f"JSON Parse error: {reason} at offset: {offset}")


def _by_row(instances: list[Any], specs: Specs) -> dict[str, np.ndarray]:
    """Make one array for each input of a list of instances."""
    import numpy as np

    first = instances[0]
    if not isinstance(first, dict) and len(specs) > 1:
        raise invalid(
            "instances is a plain list, but expecting list of objects as multiple "
            "input tensors required as per tensorinfo_map"
        )
    named = _is_object(first)
    rows: dict[str, list[np.ndarray]] = {name: [] for name in specs}
    for index, instance in enumerate(instances):
        if named and not _is_object(instance):
            raise invalid(f"Expecting object but got list at item {index} of input list")
        if not named and _is_object(instance):
            raise invalid(f"Expecting value/list but got object at item {index} of input list")
        items = instance if named else {next(iter(specs)): instance}
        for name, value in items.items():
            try:
                _add(rows, name, value, specs)
            except StatusError as error:
                key = f" key: {name}" if named else ""
                raise invalid(
                    f"Failed to process element: {index}{key} of 'instances' list. "
                    f"Error: {error.code}: {error.message}"
                ) from error
        if items.keys() != specs.keys():
            raise invalid(
                f"Failed to process element: {index} of 'instances' list. "
                f"JSON object: {json_text(instance)} "
                f"keys must be equal to: {','.join(sorted(specs))}"
            )
    return {name: np.stack(arrays) for name, arrays in rows.items()}


def _add(rows: dict[str, list[np.ndarray]], name: str, value: Any, specs: Specs) -> None:
    """Add an instance's value, which has the shape of those before it."""
    if name not in specs:
        raise invalid(f"JSON object: does not have named input: {name}")
    array = array_of_values(value, specs[name].dtype, _decoded)
    if rows[name] and rows[name][0].size != array.size:
        raise invalid(f"Expecting tensor size: {rows[name][0].size} but got: {array.size}")
    if rows[name] and rows[name][0].shape != array.shape:
        before, now = (
            f"[{','.join(map(str, shape))}]" for shape in (rows[name][0].shape, array.shape)
        )
        raise invalid(f"Expecting shape {before} but got: {now}")
    rows[name].append(array)


def _by_column(value: Any, specs: Specs) -> dict[str, np.ndarray]:
    """Make one array for each input of the value of `inputs`."""
    if not _is_object(value):
        if len(specs) > 1:
            raise invalid(
                "inputs is a plain value/list, but expecting an object as multiple "
                "input tensors required as per tensorinfo_map"
            )
        ((name, spec),) = specs.items()
        return {name: array_of_values(value, spec.dtype, _decoded)}
    for name in sorted(specs):
        if name not in value:
            raise invalid(f"Missing named input: {name} in 'inputs' object.")
    return {
        name: array_of_values(value[name], spec.dtype, _decoded) for name, spec in specs.items()
    }


def _is_object(value: Any) -> bool:
    """Tell an object of named values from one that stands for bytes."""
    return isinstance(value, dict) and not _is_bytes(value)


def _is_bytes(value: Mapping[str, Any]) -> bool:
    return value.keys() == {"b64"} and isinstance(value["b64"], str)


def _decoded(value: Mapping[str, Any]) -> bytes:
    """Return the bytes that `{"b64": "..."}` stands for; padding may be left out."""
    if not _is_bytes(value):
        raise _malformed(value, "not formatted correctly for base64 data")
    text = value["b64"].rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("Unable to base64 decode") from error


def _malformed(value: Any, what: str) -> StatusError:
    return invalid(f"JSON Value: {json_text(value)} {what}")
