"""Tensors as requests and answers hold them: data types by name, TensorProto from and to NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerascfg.serving.statuses import invalid

if TYPE_CHECKING:
    import numpy as np

TENSORFLOW_NAMES = {"float32": "float", "float64": "double", "float16": "half"}
"""What TensorFlow's errors call a data type, where that is not NumPy's name."""

_FIELDS = {
    "float32": "float_val",
    "float64": "double_val",
    "int8": "int_val",
    "int16": "int_val",
    "int32": "int_val",
    "uint8": "int_val",
    "uint16": "int_val",
    "int64": "int64_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
    "bool": "bool_val",
    "string": "string_val",
}
"""Data type -> the field of TensorProto that holds its values."""


@dataclass(frozen=True)
class Spec:
    """An input or output of a signature: its data type, and its shape (None: an open axis)."""

    dtype: str
    shape: tuple[int | None, ...] | None


def check_feeds(feeds: Mapping[str, np.ndarray], specs: Mapping[str, Spec]) -> None:
    """Check arrays against what a signature takes.

    Raises:
        StatusError: another data type or shape than the signature's.
    """
    for index, (name, spec) in enumerate(sorted(specs.items())):
        dtype, shape = dtype_of(feeds[name]), feeds[name].shape
        if dtype != spec.dtype:
            expected, given = (TENSORFLOW_NAMES.get(word, word) for word in (spec.dtype, dtype))
            raise invalid(f"Expects arg[{index}] to be {expected} but {given} is provided")
        if spec.shape is not None and not _fits(shape, spec.shape):
            raise invalid(
                f"Expects arg[{index}] ({name}) to have shape {_text(spec.shape)}, "
                f"but had shape {_text(shape)}"
            )


def dtype_of(array: np.ndarray) -> str:
    """Return the name of an array's data type."""
    return "string" if array.dtype.kind in "OSU" else array.dtype.name


def _fits(shape: tuple[int, ...], spec: tuple[int | None, ...]) -> bool:
    return len(shape) == len(spec) and all(
        wanted in (None, size) for size, wanted in zip(shape, spec, strict=True)
    )


def _text(shape: tuple[int | None, ...]) -> str:
    return f"[{','.join('?' if size is None else str(size) for size in shape)}]"


def array_of(name: str, proto: Any) -> np.ndarray:
    """Read the TensorProto of an input.

    Raises:
        StatusError: its values do not make a tensor of its type and shape.
    """
    import tensorflow as tf

    try:
        return tf.make_ndarray(proto)
    except (TypeError, ValueError) as error:
        raise invalid(f"tensor parsing error: {name}") from error


def proto_of(array: np.ndarray) -> Any:
    """Make a TensorProto whose values stand in the field of their type, as clients read them.

    TensorFlow Serving answers that way too: its clients read `outputs["head"].float_val`.
    """
    import numpy as np
    from tensorflow import as_dtype
    from tensorflow.core.framework.tensor_pb2 import TensorProto

    dtype = dtype_of(array)
    proto = TensorProto(dtype=as_dtype(dtype).as_datatype_enum)
    proto.tensor_shape.SetInParent()
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    values = array.ravel()
    if dtype in ("float16", "bfloat16"):
        proto.half_val.extend(values.view(np.uint16).tolist())
    else:
        getattr(proto, _FIELDS[dtype]).extend(values.tolist())
    return proto
