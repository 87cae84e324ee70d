"""One file that holds arrays and plain values, in the layout of safetensors.

Eight bytes give the length of a header; the header is JSON and says of each array its dtype, shape
and place; the arrays' bytes follow (https://github.com/huggingface/safetensors, "Format"). Reading
one executes nothing. The header's metadata also holds a checksum over all the rest, and the plain
values as JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.runs import expect_space, replacing

if TYPE_CHECKING:
    import numpy as np

_LENGTH = 8
_META = "__metadata__"
DTYPES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16",
    "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
    "uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8", "bool": "BOOL",
    "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2",
}  # fmt: skip
"""The dtypes that can be stored, and how safetensors spells them."""
_NAMES = {code: name for name, code in DTYPES.items()}


class DamagedError(Exception):
    """A file is not what was once written; the message says in what."""


def write_tensors(file: Path, arrays: Mapping[str, np.ndarray], values: Any) -> None:
    """Write arrays and plain values; `file` is there whole or not at all.

    Args:
        file: where to.
        arrays: name -> array of numbers or truth values.
        values: what JSON can hold.

    Raises:
        RunError: they do not fit on the disk.
        OSError: the file cannot be written.
    """
    contiguous = {name: array.copy(order="C") if not array.flags.c_contiguous else array
                  for name, array in arrays.items()}  # fmt: skip
    header: dict[str, Any] = {_META: {"values": json.dumps(values)}}
    at = 0
    for name, array in contiguous.items():
        header[name] = {
            "dtype": DTYPES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [at, at + array.nbytes],
        }
        at += array.nbytes
    header[_META]["sha256"] = _checksum(header, map(_bytes, contiguous.values()))
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % _LENGTH)
    file.parent.mkdir(parents=True, exist_ok=True)
    expect_space(file.parent, at + len(text))
    with replacing(file) as path, path.open("wb") as stream:
        stream.write(len(text).to_bytes(_LENGTH, "little"))
        stream.write(text)
        for array in contiguous.values():
            stream.write(_bytes(array))


def read_tensors(file: Path) -> tuple[dict[str, np.ndarray], Any]:
    """Return the arrays and the plain values of a file, after its checksum was compared.

    Raises:
        DamagedError: the file cannot be read, or is not what was written.
    """
    try:
        content = file.read_bytes()
        start = _LENGTH + int.from_bytes(content[:_LENGTH], "little")
        header = json.loads(content[_LENGTH:start])
        stated = header[_META].pop("sha256")
        body = memoryview(content)[start:]
        if len(content) < start or _checksum(header, [body]) != stated:
            raise DamagedError("its checksum is another")
        values = json.loads(header.pop(_META)["values"])
        return {name: _array(body, entry) for name, entry in header.items()}, values
    except OSError as error:
        raise DamagedError(error.strerror or "it cannot be read") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedError("it is not whole") from error


def _array(body: memoryview, entry: Mapping[str, Any]) -> np.ndarray:
    import ml_dtypes
    import numpy as np

    name, shape = _NAMES[entry["dtype"]], tuple(entry["shape"])
    dtype = np.dtype(getattr(ml_dtypes, name, name))
    begin, end = entry["data_offsets"]
    return np.frombuffer(body[begin:end], dtype, prod(shape)).reshape(shape)


def _bytes(array: np.ndarray) -> memoryview:
    """Return an array's bytes without a copy; dtypes that buffers do not know are seen as bytes."""
    return array.reshape(-1).view("uint8").data


def _checksum(header: Mapping[str, Any], parts: Iterator[memoryview] | list[memoryview]) -> str:
    digest = hashlib.sha256(json.dumps(header).encode())
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
