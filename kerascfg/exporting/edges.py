"""Records at the edge of what a model may be given: zeros, extremes, very large numbers, NaN.

Each is one record, made of the real samples, so that it has their shapes and kinds.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

NAN = "nan"
_LARGE = 1000.0
"""So many times the largest number of the samples (at least 1) is given."""
_ROUNDINGS = 8
"""By so many units of rounding a number is moved to see how the model's answers move."""


def edge_rows(rows: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """Make the edge cases of some real rows.

    Args:
        rows: input -> real samples, one row each.

    Returns:
        case -> input -> one row. `zeros`: zeros and empty texts. `smallest` and `largest`: the
        smallest and largest number seen in each place of a feature, its shortest and longest text.
        `large`, `large_negative`: far beyond them; whole numbers and texts, which may be places
        in a table, stay as in `largest`. `nan`: numbers are NaN, whole numbers and texts those of
        the first sample. The last three only for a model that takes floating-point numbers.
    """
    edges = {
        "zeros": {name: _nothing(array[:1]) for name, array in rows.items()},
        "smallest": {name: _extreme(array, largest=False) for name, array in rows.items()},
        "largest": {name: _extreme(array, largest=True) for name, array in rows.items()},
    }
    if any(array.dtype.kind == "f" for array in rows.values()):
        largest = edges["largest"]
        edges["large"] = {n: _large(array, largest[n], 1) for n, array in rows.items()}
        edges["large_negative"] = {n: _large(array, largest[n], -1) for n, array in rows.items()}
        edges[NAN] = {name: _filled(array[:1], float("nan")) for name, array in rows.items()}
    return edges


def moved_by_rounding(rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return rows whose numbers are moved up or down, at random, by a few units of rounding.

    Where Keras's own answers move by that, no artefact can be held to them: it adds up the same
    numbers in another order.
    """
    import numpy as np

    random = np.random.default_rng(0)
    moved = {}
    for name, array in rows.items():
        if array.dtype.kind != "f":
            moved[name] = array
            continue
        signs = random.choice([-1.0, 1.0], size=array.shape)
        step = _ROUNDINGS * float(np.finfo(array.dtype).eps)
        moved[name] = (array * (1 + signs * step)).astype(array.dtype)
    return moved


def _nothing(row: np.ndarray) -> np.ndarray:
    """Return a row of zeros, of empty texts or of no bytes."""
    import numpy as np

    return np.full_like(row, b"") if row.dtype.kind == "O" else np.zeros_like(row)


def _extreme(array: np.ndarray, *, largest: bool) -> np.ndarray:
    """Return the row of the smallest or largest values, in each place of the feature."""
    import numpy as np

    if array.dtype.kind in "UO":
        lengths = np.vectorize(len, otypes=[int])(array)
        at = lengths.argmax(axis=0) if largest else lengths.argmin(axis=0)
        return np.take_along_axis(array, np.expand_dims(at, 0), axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a place may hold nothing but NaN
        values = np.fmax.reduce(array, axis=0) if largest else np.fmin.reduce(array, axis=0)
    return np.asarray(values, array.dtype)[None]


def _large(array: np.ndarray, largest: np.ndarray, sign: int) -> np.ndarray:
    import numpy as np

    if array.dtype.kind != "f":
        return largest
    finite = np.abs(array[np.isfinite(array)])
    size = _LARGE * max(1.0, float(finite.max(initial=0.0)))
    return _filled(largest, sign * min(size, float(np.finfo(array.dtype).max) / _LARGE))


def _filled(row: np.ndarray, value: float) -> np.ndarray:
    import numpy as np

    return np.full_like(row, value) if row.dtype.kind == "f" else row
