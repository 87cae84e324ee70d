"""Samples of different length in one batch: each padded to the longest with zeros."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from kerascfg.data.table import TensorSpec

if TYPE_CHECKING:
    import numpy as np


def varies(spec: TensorSpec) -> bool:
    """Tell whether samples differ in shape."""
    return None in spec.shape


def vary(specs: Mapping[str, TensorSpec]) -> bool:
    """Tell whether samples differ in the shape of any of some features."""
    return any(varies(spec) for spec in specs.values())


def padded(values: Iterable[np.ndarray], spec: TensorSpec) -> np.ndarray:
    """Return samples as one array, padded at the end with zeros, texts with empty ones.

    Args:
        values: one array a sample, each of a shape that fits the spec.
        spec: shape and dtype of a sample.

    Returns:
        `(samples, ...)`, as long along each axis as the longest sample.
    """
    import numpy as np

    values = list(values)
    text = spec.dtype == "string"
    axes = range(len(spec.shape))
    shape = (len(values), *(max((v.shape[axis] for v in values), default=0) for axis in axes))
    batch = np.full(shape, "", object) if text else np.zeros(shape, spec.dtype)
    for at, value in zip(batch, values, strict=True):
        at[tuple(slice(side) for side in value.shape)] = value
    return batch
