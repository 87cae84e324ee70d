"""Values of JSON as arrays, and back, with the rules of TensorFlow Serving's `json_tensor.cc`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.serving.statuses import StatusError, invalid
from kerascfg.serving.tensors import TENSORFLOW_NAMES

if TYPE_CHECKING:
    import numpy as np

Decode = Callable[[Mapping[str, Any]], bytes]
"""Returns the bytes that an object of JSON stands for."""

_MOST_EXACT = {"float32": 2**24 - 1, "float64": 2**53 - 1}
"""The largest integer that TensorFlow Serving takes for a float: beyond, digits get lost."""
_MOST_AXES = 63
"""NumPy has 64, of which one is that of the instances."""
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint32", "uint64")


def array_of_values(value: Any, dtype: str, decode: Decode) -> np.ndarray:
    """Make an array of nested lists.

    Args:
        value: a value of JSON, or lists of lists of such.
        dtype: as NumPy names it, or "string".
        decode: reads objects, which stand for bytes.

    Raises:
        StatusError: lists of different lengths or nested too deeply, or a value that is not of the
            type.
    """
    import numpy as np

    shape = _shape(value)
    if len(shape) > _MOST_AXES:
        raise invalid(f"Encountered list at unexpected level: {_MOST_AXES} expected < {_MOST_AXES}")
    flat: list[Any] = []
    _flatten(value, 0, shape, dtype, decode, flat)
    return np.array(flat, object if dtype == "string" else dtype).reshape(shape)


def _shape(value: Any) -> tuple[int, ...]:
    """Return the shape that the first element of each list has."""
    sizes = []
    while isinstance(value, list):
        sizes.append(len(value))
        value = value[0] if value else None
    return tuple(sizes)


def _flatten(
    value: Any, level: int, shape: tuple[int, ...], dtype: str, decode: Decode, flat: list[Any]
) -> None:
    """Add the values of nested lists to `flat`, checked.

    A list of plain numbers that any float takes is added as it is: that is most of a request.
    """
    if not isinstance(value, list):
        if level != len(shape):
            raise invalid(
                f"JSON Value: {json_text(value)} found at incorrect level: {level + 1} "
                f"in the JSON DOM. Expected at level: {len(shape)}"
            )
        flat.append(_element(value, dtype, decode))
        return
    if level >= len(shape):
        raise invalid(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        raise invalid(
            f"Encountered list at unexpected size: {len(value)} at level: {level} "
            f"expected size: {shape[level]}"
        )
    if level == len(shape) - 1 and _plain(value, dtype):
        flat += value
        return
    for item in value:
        _flatten(item, level + 1, shape, dtype, decode, flat)


def _plain(values: list[Any], dtype: str) -> bool:
    """Tell whether all values are numbers that need no look at each."""
    if dtype not in _MOST_EXACT or not set(map(type, values)) <= {float, int}:
        return False
    most = _MOST_EXACT[dtype]
    return not values or (max(values) <= most and min(values) >= -most)


def _element(value: Any, dtype: str, decode: Decode) -> Any:
    """Return a value as the data type has it."""
    if isinstance(value, dict) and dtype == "string":
        return decode(value)
    if dtype in _MOST_EXACT:
        return _float(value, dtype)
    fits = False
    match dtype:
        case "string":
            fits = isinstance(value, str)
        case "bool":
            fits = isinstance(value, bool)
        case _ if dtype in _INTEGERS:
            # TensorFlow Serving takes any 32-bit number for 8 and 16 bits and lets it overflow.
            fits = type(value) is int and _in_range(value, dtype)
        case _:
            name = TENSORFLOW_NAMES.get(dtype, dtype)
            message = f"Conversion of JSON Value: {json_text(value)} to type: {name}"
            raise StatusError("UNIMPLEMENTED", message)
    if not fits:
        raise _wrong_type(value, dtype)
    return value.encode("utf-8") if dtype == "string" else value


def _float(value: Any, dtype: str) -> float:
    if type(value) not in (int, float):
        raise _wrong_type(value, dtype)
    if isinstance(value, int):
        exact = abs(value) <= _MOST_EXACT[dtype]
    else:
        import numpy as np

        exact = not math.isfinite(value) or abs(value) <= float(np.finfo(dtype).max)
    if not exact:
        name = TENSORFLOW_NAMES[dtype]
        raise invalid(
            f"Cannot convert JSON value: {json_text(value)} to {name} without loss of precision."
        )
    return float(value)


def _in_range(value: int, dtype: str) -> bool:
    bits = int(dtype.lstrip("uint"))
    least, most = (0, 2**bits - 1) if dtype[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return least <= value <= most


def _wrong_type(value: Any, dtype: str) -> StatusError:
    name = TENSORFLOW_NAMES.get(dtype, dtype)
    return invalid(
        f"JSON Value: {json_text(value)} Type: {_kind(value)} is not of expected type: {name}"
    )


def _kind(value: Any) -> str:
    match value:
        case None:
            return "Null"
        case bool():
            return str(value)
        case dict():
            return "Object"
        case list():
            return "Array"
        case str():
            return "String"
        case _:
            return "Number"


def json_text(value: Any) -> str:
    """Return a value as errors quote it."""
    return json.dumps(value, indent=4, ensure_ascii=False)


def float_text(value: Any) -> str:
    """Spell a NumPy float: six digits where they are enough to read it back, else all.

    Whole numbers keep their ".0", so that lists hold one kind of number.
    """
    number = float(value)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    kind = type(value)
    text = f"{number:.6g}"
    if kind(float(text)) != value:
        text = f"{number:.{17 if value.dtype.itemsize == 8 else 9}g}"
    return text if "." in text or "e" in text else f"{text}.0"
