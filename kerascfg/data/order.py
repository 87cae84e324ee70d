"""Which sample is where: batches as plain arrays of row numbers and weights.

The order of an epoch is a function of (seed, epoch) and of nothing else, so that a run can go on
from any step. Every batch is full and divisible by the number of replicas: what is missing is
filled with real samples at weight 0, which then neither train nor count.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


_WINDOW = 50
"""How many batches are sorted by length together; sorting all would always show long rows last."""


def epoch_order(seed: int, epoch: int, rows: int) -> np.ndarray:
    """Return the order `(rows,)` in which an epoch visits the training rows."""
    import numpy as np

    return np.random.default_rng([seed, epoch]).permutation(rows).astype(np.int32)


def training_order(
    seed: int,
    epoch: int,
    rows: int,
    batch_size: int,
    replicas: int = 1,
    lengths: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the batches of one epoch.

    Each step takes `batch_size` new samples, whatever the number of replicas. Keras divides a
    batch's loss by its length, filling included; where batches are made longer for the replicas,
    by samples that they hold anyway, the weights make up for it, so that one and several replicas
    take the same steps.

    Args:
        seed: seed of the order.
        epoch: number of the epoch.
        rows: number of training rows.
        batch_size: new samples a step.
        replicas: every batch can be shared evenly among so many.
        lengths: the length of each row `(rows,)`, to put rows of like length together; None to
            disregard it.

    Returns:
        Row numbers and weights, both `(steps, batch)`.
    """
    import numpy as np

    order = epoch_order(seed, epoch, rows)
    if lengths is not None:
        order = bucketed(order, lengths, batch_size, seed, epoch)
    steps = ceil(rows / batch_size)
    batch = round_up(batch_size, replicas)
    flat = np.resize(order, steps * batch_size).reshape(steps, batch_size)
    extra = flat[:, np.arange(batch - batch_size) % batch_size]
    weights = np.zeros((steps, batch), np.float32)
    real = np.arange(steps * batch_size).reshape(steps, batch_size) < rows
    weights[:, :batch_size] = np.where(real, batch / batch_size, 0)
    return np.concatenate([flat, extra], axis=1), weights


def bucketed(
    order: np.ndarray, lengths: np.ndarray, batch_size: int, seed: int, epoch: int
) -> np.ndarray:
    """Return an epoch's order with rows of like length in the same batch.

    The order is cut into windows of 50 batches, each of which is sorted by length; the batches
    then come in any order, except that one that is not full stays last.

    Args:
        order: row numbers `(rows,)`.
        lengths: the length of each row.
        batch_size: rows in a batch.
        seed: seed of the order of the batches.
        epoch: number of the epoch.
    """
    import numpy as np

    window = _WINDOW * batch_size
    pieces = (order[at : at + window] for at in range(0, len(order), window))
    sorted_ = np.concatenate([p[np.argsort(lengths[p], kind="stable")] for p in pieces])
    full = len(order) // batch_size
    batches = sorted_[: full * batch_size].reshape(full, batch_size)
    shuffled = batches[np.random.default_rng([seed, epoch, 1]).permutation(full)]
    return np.concatenate([shuffled.reshape(-1), sorted_[full * batch_size :]])


def evaluation_order(
    rows: int, batch_size: int, replicas: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return the batches that visit every row once, in order, with the least filling.

    Real samples weigh `steps * batch / rows`: Keras averages each batch over its length and the
    batches over their number, and with these weights the result is the mean over the rows.

    Returns:
        Row numbers and weights, both `(steps, batch)`.
    """
    import numpy as np

    steps = ceil(rows / round_up(batch_size, replicas))
    batch = round_up(ceil(rows / steps), replicas)
    indices = np.resize(np.arange(rows, dtype=np.int32), (steps, batch))
    real = np.arange(steps * batch).reshape(steps, batch) < rows
    return indices, np.where(real, steps * batch / rows, 0).astype(np.float32)


def round_up(number: int, multiple: int) -> int:
    """Return the smallest multiple of `multiple` that is not below `number`."""
    return ceil(number / multiple) * multiple
