"""What each sample counts: a column of weights, made relative within each split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerascfg.data.table import Column, Place, is_text, name_sample
from kerascfg.errors import ConfigError, Problem

if TYPE_CHECKING:
    import numpy as np


def sample_weights(
    name: str,
    column: Column,
    rows: dict[str, np.ndarray],
    path: str,
    place: Place = name_sample,
) -> dict[str, np.ndarray]:
    """Return what each row of each split counts, 1 on average.

    Only ratios matter: with a mean of 1 the averages that Keras reports are the weighted means of
    the split, and the size of a training step does not depend on the unit of the weights.

    Args:
        name: the column's name.
        column: the weights of all rows.
        rows: the rows of each split.
        path: where `weight` stands in the config.
        place: names a row, for messages.

    Raises:
        ConfigError: a weight is no number from 0, or a split has only zeros.
    """
    import numpy as np

    if is_text(column) or column.dtype.kind not in "iufb" or len(column.shape) != 1:
        raise ConfigError(
            Problem(
                path,
                f"expected a column of one number a row. Received: `{name}` of dtype "
                f"{column.dtype.name} and shape {tuple(column.shape[1:])}",
            )
        )
    values = np.asarray(column[:], np.float64)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        first = int(wrong.argmax())
        raise ConfigError(
            Problem(
                path,
                f"expected a weight from 0 in every row. Received: `{name}` without one in "
                f"{int(wrong.sum())} of {len(values)} rows (the first is {place(first)}: "
                f"{values[first]:g})",
                hint="a sample of weight 0 does not count",
            )
        )
    return {split: _relative(values[numbers], name, split, path) for split, numbers in rows.items()}


def _relative(weights: np.ndarray, name: str, split: str, path: str) -> np.ndarray:
    if not len(weights):
        return weights.astype("float32")
    if not weights.any():
        raise ConfigError(
            Problem(
                path,
                f"expected a weight above 0 in every split. Received: `{name}`, which is 0 in all "
                f"{len(weights)} rows of {split}",
            )
        )
    return (weights / weights.mean()).astype("float32")
