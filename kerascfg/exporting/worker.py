"""The process with Keras: `python -m kerascfg.exporting.worker JOB.json`.

It answers the samples with Keras, then converts, in this order: a converter may change the model.
What it finds is written beside the job: `rows.npz` (what was fed), `reference.npz` (what Keras
answers) and `converted.json` (how it went).
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.arrays import write_arrays
from kerascfg.exporting.jobs import CONVERTED, REFERENCE, ROWS, Job, answer, milliseconds
from kerascfg.exporting.samples import read_samples, rows_for
from kerascfg.exporting.servable import Servable, load_servable
from kerascfg.exporting.target import build_target

if TYPE_CHECKING:
    import numpy as np

_TIMED_PREDICTIONS = 10


def convert(job: Job) -> dict[str, Any]:
    """Answer the samples with Keras, convert, and return what the parent wants to know."""
    target = build_target(job.node, job.path)
    model = load_servable(job.run_directory)
    samples = read_samples(job.run_directory)
    rows = rows_for(model.inputs, samples.features)
    rows, reference = answered(model, rows, samples.count)
    write_arrays(job.folder / ROWS, rows)
    write_arrays(job.folder / REFERENCE, reference)
    first = {name: array[:1] for name, array in rows.items()}
    keras_ms = statistics.median(milliseconds(lambda: model.predict(first), _TIMED_PREDICTIONS))
    job.artefact.mkdir()
    target.convert(model, job.artefact)
    return {
        "samples": samples.count,
        "inputs": [port.entry() for port in model.inputs],
        "outputs": [port.entry() for port in model.outputs],
        "learnt": list(model.learnt),
        "keras_ms": keras_ms,
    }


def answered(
    model: Servable, rows: dict[str, np.ndarray], count: int
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the rows that Keras can answer, and its answers.

    A model may refuse the row of zeros (one that inverts a matrix): then that is no case to
    compare. What it says to real samples must stand.
    """
    try:
        return rows, model.predict(rows)
    except Exception:
        rows = {name: array[:count] for name, array in rows.items()}
        return rows, model.predict(rows)


if __name__ == "__main__":
    answer(Path(sys.argv[1]), convert, CONVERTED)
