"""Asking an artefact rows, in batches that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kerascfg.exporting.samples import CHUNK

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.target import Artefact


def ask(artefact: Artefact, rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Answer rows in batches that the artefact takes.

    Args:
        artefact: what is asked.
        rows: input -> rows, one a sample; more inputs than one have the same number.

    Returns:
        Output -> answers, one a row.
    """
    import numpy as np

    count = len(next(iter(rows.values())))
    step = artefact.batch or CHUNK
    batches = [
        artefact({name: array[start : start + step] for name, array in rows.items()})
        for start in range(0, count, step)
    ]
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
