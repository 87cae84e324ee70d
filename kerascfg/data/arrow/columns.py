"""Columns of Arrow's, as Parquet and Arrow files have them, to NumPy arrays.

Numbers, booleans and texts stay what they are. A missing number is NaN, so that whole numbers and
booleans with gaps become float64; a missing text is "". Lists of one length are tensors. Dates and
times are float64: seconds since 1970 in UTC, since midnight, or of a duration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_EXACT = 2**53
_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


class OddValueError(Exception):
    """A value that does not fit its column.

    Attributes:
        row: which of the rows that were given, counted from 0.
        reason: what was expected and what was received.
    """

    def __init__(self, row: int, reason: str):
        """Take row and reason."""
        super().__init__(reason)
        self.row, self.reason = row, reason


@dataclass(frozen=True, eq=False)
class ArrowColumn:
    """What the values of one column become; the same for all its files and parts.

    Attributes:
        name: the column's name.
        has_gaps: whether a value is missing anywhere in it.
    """

    name: str
    has_gaps: bool

    def values(self, array: pa.Array) -> np.ndarray:
        """Convert some rows.

        Args:
            array: the rows, of a type that `plain_type` returned.

        Returns:
            The values, `(rows, ...)`.

        Raises:
            OddValueError: a list is missing or of another length, or a text is not UTF-8.
        """
        return _values(array, self.has_gaps, self.name)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the type that holds the same values, whatever way they are stored."""
    import pyarrow as pa

    if _is_text(kind):
        return pa.large_string()
    if _is_bytes(kind):
        return pa.large_binary()
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if _is_list(kind):
        inner = plain_type(kind.value_type)
        return (
            pa.list_(inner, kind.list_size)
            if pa.types.is_fixed_size_list(kind)
            else pa.large_list(inner)
        )
    return kind


def can_be_read(kind: pa.DataType) -> bool:
    """Tell whether values of a type can become an array: not those of structs, maps or unions."""
    import pyarrow as pa

    kind = plain_type(kind)
    if _is_list(kind):
        return can_be_read(kind.value_type)
    known = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal,
             pa.types.is_temporal, pa.types.is_null, _is_text, _is_bytes)  # fmt: skip
    return any(is_kind(kind) for is_kind in known) and not pa.types.is_interval(kind)


def may_lack(kind: pa.DataType) -> bool:
    """Tell whether a gap changes what a column becomes, so that one has to look for gaps."""
    import pyarrow as pa

    kind = plain_type(kind)
    while _is_list(kind):
        kind = kind.value_type
    return pa.types.is_integer(kind) or pa.types.is_boolean(kind)


def lacks(array: pa.Array) -> bool:
    """Tell whether a value, or one within its lists, is missing."""
    if array.null_count:
        return True
    return _is_list(array.type) and lacks(array.flatten())


def _values(array: pa.Array, has_gaps: bool, name: str) -> np.ndarray:
    import numpy as np
    import pyarrow as pa

    kind = array.type
    if _is_list(kind):
        return _tensors(array, has_gaps, name)
    if _is_text(kind) or _is_bytes(kind):
        return _texts(array, name)
    if pa.types.is_temporal(kind):
        return _seconds(array)
    becomes_float = has_gaps or pa.types.is_decimal(kind) or pa.types.is_null(kind)
    if pa.types.is_floating(kind) or not becomes_float:
        return array.to_numpy(zero_copy_only=False)
    if pa.types.is_integer(kind):
        _refuse_inexact(array, name)
    return array.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64, copy=False)


def _refuse_inexact(array: pa.Array, name: str) -> None:
    """Refuse whole numbers that would become others as float64: two keys might become one."""
    import numpy as np

    there = np.flatnonzero(array.is_valid().to_numpy(zero_copy_only=False))
    whole = array.drop_null().to_numpy(zero_copy_only=False)
    wrong = (whole > _EXACT) | (whole < -_EXACT)
    if wrong.any():
        raise OddValueError(
            int(there[wrong.argmax()]),
            f"expected whole numbers up to 2**53 in column `{name}`, since it has gaps. "
            f"Received: {whole[wrong.argmax()]}",
        )


def _tensors(array: pa.Array, has_gaps: bool, name: str) -> np.ndarray:
    """Stack lists of one length."""
    import numpy as np
    import pyarrow.compute as pc

    if array.null_count:
        row = int(np.argmax(array.is_null().to_numpy(zero_copy_only=False)))
        raise OddValueError(row, f"expected a list in column `{name}`. Received: a missing value")
    lengths = pc.list_value_length(array).to_numpy(zero_copy_only=False)
    length = int(lengths[0]) if len(lengths) else 0
    if (odd := np.flatnonzero(lengths != length)).size:
        raise OddValueError(
            int(odd[0]),
            f"expected lists of one length in column `{name}`, {length} as before. "
            f"Received: {lengths[odd[0]]} values",
        )
    try:
        flat = _values(array.flatten(), has_gaps, name)
    except OddValueError as error:
        raise OddValueError(error.row // length, error.reason) from None
    return flat.reshape(len(array), length, *flat.shape[1:])


def _texts(array: pa.Array, name: str) -> np.ndarray:
    import pyarrow as pa

    as_bytes = array.cast(pa.large_binary()).fill_null(b"").to_numpy(zero_copy_only=False)
    if _is_bytes(array.type):
        return as_bytes
    for row, text in enumerate(as_bytes):
        try:
            as_bytes[row] = text.decode()
        except UnicodeDecodeError:
            reason = f"expected UTF-8 in column `{name}`. Received: other bytes"
            raise OddValueError(row, reason) from None
    return as_bytes


def _seconds(array: pa.Array) -> np.ndarray:
    import numpy as np
    import pyarrow as pa

    kind: Any = array.type
    whole = pa.int32() if kind.bit_width == 32 else pa.int64()
    counts = array.cast(whole).to_numpy(zero_copy_only=False).astype(np.float64)
    if pa.types.is_date32(kind):
        return counts * 86_400
    return counts / _PER_SECOND["ms" if pa.types.is_date64(kind) else kind.unit]


def _is_list(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_bytes(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return (
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )
