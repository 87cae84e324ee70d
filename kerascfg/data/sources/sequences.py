"""Sequences of different lengths in a NumPy archive, one after the other, with their lengths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.data.peek import Peek, failed
from kerascfg.data.sources.npz import npz
from kerascfg.data.sources.npz import peek as peek_npz
from kerascfg.data.table import Table, TensorSpec, dtype_name, measured_specs
from kerascfg.errors import Problem, RunError

if TYPE_CHECKING:
    import numpy as np

_LENGTHS = "_lengths"


def sequences(path: str) -> Table:
    """Yield the archive's arrays, of which those with lengths are features of shape `[null, ...]`.

    `steps` `(all steps, ...)` and `steps_lengths` `(rows,)` make the feature `steps`: row after
    row, the next so many steps. All other arrays are columns as those of `npz` are.

    Args:
        path: the file, as `numpy.savez(FILE, steps=numpy.concatenate(rows), steps_lengths=[len(row)
            for row in rows], label=...)` writes it.

    Raises:
        RunError: the file cannot be read, or lengths are no whole numbers that sum to the steps.
    """
    plain = npz(path)
    arrays: Mapping[str, Any] = plain.columns
    ragged = [name for name in arrays if f"{name}{_LENGTHS}" in arrays]
    columns = {}
    specs = {}
    for name, values in arrays.items():
        if name.removesuffix(_LENGTHS) in ragged and name.endswith(_LENGTHS):
            continue
        if name in ragged:
            specs[name] = TensorSpec((None, *values.shape[1:]), dtype_name(values))
            columns[name] = _rows(
                values, arrays[f"{name}{_LENGTHS}"], f"{path}, `{name}{_LENGTHS}`"
            )
        else:
            specs |= measured_specs({name: values})
            columns[name] = values
    if not ragged:
        raise RunError(f"{path}: expected an array NAME{_LENGTHS}. Received: {', '.join(arrays)}")
    return Table(columns, specs, plain.fingerprint)


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Read the archive's table of contents."""
    seen = peek_npz(arguments, path)
    if seen.columns is None:
        return seen
    ragged = {name for name in seen.columns if f"{name}{_LENGTHS}" in seen.columns}
    if not ragged:
        listed = ", ".join(seen.columns)
        said = f"expected arrays NAME and NAME{_LENGTHS} in the archive. Received: {listed}"
        return failed(Problem(f"{path}.path", said, hint="`npz` reads arrays of one length"))
    lengths = {f"{name}{_LENGTHS}" for name in ragged}
    return Peek(tuple(name for name in seen.columns if name not in lengths))


def _rows(values: np.ndarray, lengths: np.ndarray, what: str) -> np.ndarray:
    """Cut values into rows, a column of arrays."""
    import numpy as np

    if lengths.ndim != 1 or lengths.dtype.kind not in "iu" or (lengths < 0).any():
        raise RunError(
            f"{what}: expected whole numbers from 0 up, one a row. "
            f"Received: {lengths.dtype} {lengths.shape}, the smallest {lengths.min(initial=0)}"
        )
    if lengths.sum() != len(values):
        raise RunError(
            f"{what}: expected lengths that sum to the {len(values)} steps. "
            f"Received: a sum of {lengths.sum()}"
        )
    ends = np.cumsum(lengths)
    rows = np.empty(len(lengths), object)
    for row, (end, length) in enumerate(zip(ends.tolist(), lengths.tolist(), strict=True)):
        rows[row] = values[end - length : end]
    return rows
