"""The classes of a target: which one each row has, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def carried_names(made: np.ndarray, names: Sequence[str]) -> tuple[str, ...] | None:
    """Name the classes of a target that was made of another one.

    Which class has which place follows from what was made of one row of each class: they may be
    counted in another order, with places for what is unknown.

    Args:
        made: the target for one row of each class, `(classes,)` or `(classes, 1)` of whole numbers,
            or `(classes, places)` with one 1 among zeros.
        names: the classes' names, in the order of the rows.

    Returns:
        A name for each place; one that no class has is named by its number. None where the target
        does not tell the classes apart.
    """
    places = class_places(made)
    if places is None or len(set(places.tolist())) < len(names):
        return None
    size = made.shape[1] if made.ndim == 2 and made.shape[1] > 1 else int(places.max()) + 1
    if places.min() < 0 or size > 2 * len(names):
        return None  # a number, rather than the place of a class
    by_place = dict(zip(places.tolist(), names, strict=True))
    return tuple(by_place.get(place, str(place)) for place in range(size))


def class_places(values: np.ndarray) -> np.ndarray | None:
    """Return which class each row of a target has, `(rows,)`.

    Args:
        values: the target `(rows, ...)`.

    Returns:
        None where a row has not exactly one class.
    """
    if values.dtype.kind in "iu" and values.size == len(values):
        return values.reshape(-1)
    if values.dtype.kind not in "iufb" or values.ndim != 2 or values.shape[1] < 2:
        return None
    if not ((values == 0) | (values == 1)).all() or not (values.sum(axis=1) == 1).all():
        return None
    return values.argmax(axis=1)
