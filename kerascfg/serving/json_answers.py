"""Answers in JSON, laid out as TensorFlow Serving's are.

It writes with RapidJSON's PrettyWriter: four blanks for each level, but an instance's own lists on
one line.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.serving.json_values import float_text
from kerascfg.serving.statuses import invalid
from kerascfg.serving.tensors import TENSORFLOW_NAMES, dtype_of

if TYPE_CHECKING:
    import numpy as np

_INDENT = "    "


def encoded(text: str) -> bytes:
    """Return an answer as it is sent; texts of a model that are no UTF-8 stay what they are."""
    return text.encode("utf-8", "surrogateescape")


def error_json(message: str) -> bytes:
    """Write an error as it is sent; halves of surrogate pairs are escaped, which JSON allows."""
    text = f'{{\n{_INDENT}"error": {_quoted(message)}\n}}'
    return text.encode("utf-8", "backslashreplace")


def row_json(outputs: Mapping[str, np.ndarray]) -> str:
    """Write `predictions`: one entry for each instance; an object where outputs are several.

    Raises:
        StatusError: outputs without an axis of instances, or with different numbers of them.
    """
    batch: int | None = None
    for name, array in outputs.items():
        if array.ndim == 0:
            raise invalid(f"Tensor name: {name} has no shape information ")
        if batch not in (None, len(array)):
            raise invalid(
                f"Tensor name: {name} has inconsistent batch size: {len(array)} expecting: {batch}"
            )
        batch = len(array)
    if len(outputs) == 1:
        ((name, array),) = outputs.items()
        rows = ", ".join(_one_line(row) for row in _texts(name, array))
        return f'{{\n{_INDENT}"predictions": [{rows}\n{_INDENT}]\n}}'
    columns = {name: _texts(name, array) for name, array in outputs.items()}
    objects = [
        _object({name: _one_line(rows[i]) for name, rows in columns.items()}, 2)
        for i in range(batch or 0)
    ]
    return f'{{\n{_INDENT}"predictions": {_list(objects, 1)}\n}}'


def column_json(outputs: Mapping[str, np.ndarray]) -> str:
    """Write `outputs`: all of an output's values, in an object where outputs are several."""
    level = 2 if len(outputs) > 1 else 1
    columns = {name: _many_lines(_texts(name, array), level) for name, array in outputs.items()}
    value = _object(columns, 1) if len(columns) > 1 else next(iter(columns.values()))
    return f'{{\n{_INDENT}"outputs": {value}\n}}'


def _texts(name: str, array: np.ndarray) -> Any:
    """Return nested lists of an array's values, each spelt."""
    import numpy as np

    dtype = dtype_of(array)
    if dtype in ("float16", "bfloat16"):
        array = array.astype(np.float32)
    match array.dtype.kind:
        case "f":
            spell = float_text
        case "i" | "u":
            spell = str
        case "b":
            spell = _bool_text
        case "O" | "S" | "U":
            spell = _bytes_text if name.endswith("_bytes") else _string_text
        case _:
            kind = TENSORFLOW_NAMES.get(dtype, dtype)
            raise invalid(f"Failed to write JSON value for tensor type: {kind}")
    texts = np.empty(array.size, object)
    texts[:] = [spell(value) for value in array.ravel()]
    return texts.reshape(array.shape).tolist()


def _one_line(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_one_line(item) for item in value)}]"
    return value


def _many_lines(value: Any, level: int) -> str:
    if isinstance(value, list):
        return _list([_many_lines(item, level + 1) for item in value], level)
    return value


def _list(items: list[str], level: int) -> str:
    if not items:
        return "[]"
    before = f"\n{_INDENT * (level + 1)}"
    return f"[{before}{f',{before}'.join(items)}\n{_INDENT * level}]"


def _object(items: Mapping[str, str], level: int) -> str:
    before = f"\n{_INDENT * (level + 1)}"
    lines = f",{before}".join(f"{_quoted(name)}: {text}" for name, text in items.items())
    return f"{{{before}{lines}\n{_INDENT * level}}}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _bool_text(value: Any) -> str:
    return "true" if value else "false"


def _string_text(value: bytes | str) -> str:
    text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
    return _quoted(text)


def _bytes_text(value: bytes | str) -> str:
    content = value if isinstance(value, bytes) else value.encode("utf-8")
    return f'{{"b64": "{base64.b64encode(content).decode("ascii")}"}}'
