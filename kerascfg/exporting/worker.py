"""The process with Keras: `python -m kerascfg.exporting.worker JOB.json`.

It answers the samples with Keras, then converts, in this order: a converter may change the model.
What the format cannot hold is written beside the artefact, as modules, and run here: the artefact
is fed what `preprocess.py` makes of the samples.

What it finds is written beside the job: `rows.npz` (what is fed), `reference.npz` (what Keras
answers) and `converted.json` (how it went).
"""

from __future__ import annotations

import shutil
import statistics
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import RunError
from kerascfg.exporting.about import read_about
from kerascfg.exporting.arrays import plain, write_arrays
from kerascfg.exporting.calibration import calibration_of
from kerascfg.exporting.certificate import compare
from kerascfg.exporting.divisions import described, divisions
from kerascfg.exporting.jobs import CONVERTED, REFERENCE, ROWS, Job, answer, milliseconds
from kerascfg.exporting.kit import read_part, write_parts
from kerascfg.exporting.samples import read_samples, rows_for
from kerascfg.exporting.servable import Servable, load_servable
from kerascfg.exporting.target import Refused, Target, build_target
from kerascfg.model import POSTPROCESS, PREPROCESS, Division, divide

if TYPE_CHECKING:
    import numpy as np

_TIMED_PREDICTIONS = 10


def convert(job: Job) -> dict[str, Any]:
    """Answer the samples with Keras, convert, and return what the parent wants to know."""
    target = build_target(job.node, job.path)
    model = load_servable(job.run_directory)
    samples = read_samples(job.run_directory)
    rows = rows_for(model.inputs, samples.features)
    rows, answers = answered(model, rows, samples.count)
    first = {name: array[:1] for name, array in rows.items()}
    keras_ms = statistics.median(milliseconds(lambda: model.predict(first), _TIMED_PREDICTIONS))
    held, notes = converted(job, target, Asked(model, rows, answers))
    if all(len(array) == samples.count for array in rows.values()):
        notes.append("compared on real samples alone: Keras answers no record of zeros either")
    return {
        "samples": samples.count,
        "inputs": [port.entry() for port in held.inputs],
        "outputs": [port.entry() for port in held.outputs],
        "learnt": list(held.learnt),
        "metadata": held.metadata,
        "notes": notes,
        "keras_ms": keras_ms,
    }


@dataclass(frozen=True)
class Asked:
    """A whole model, what it was asked, and what Keras answers."""

    model: Servable
    rows: dict[str, np.ndarray]
    answers: dict[str, np.ndarray]

    @property
    def features(self) -> dict[str, np.ndarray]:
        """Return the rows by the names of the raw features."""
        return {port.model_name or port.name: self.rows[port.name] for port in self.model.inputs}


def converted(job: Job, target: Target, asked: Asked) -> tuple[Servable, list[str]]:
    """Write as much of the model into the artefact as the format holds, the rest beside it.

    Returns:
        What the artefact holds, and what its user has to know of that.

    Raises:
        Refused: the format cannot hold what learns.
    """
    refusals: list[str] = []
    about = read_about(job.run_directory)
    for division in divisions(asked.model.model, target.lacks):
        parts = job.folder / f"parts{len(refusals)}"
        write_parts(division, Servable(division.held), parts)
        before = read_part(parts, PREPROCESS) if division.before else None
        held = Servable(
            division.held, partial(calibration_of, job.run_directory, asked.model, before)
        )
        held.metadata = about.metadata(held)
        rows = before(asked.features) if before else asked.rows
        write_arrays(job.folder / ROWS, rows)
        write_arrays(job.folder / REFERENCE, expected(division, asked, parts, target.tolerance))
        job.artefact.mkdir()
        try:
            target.convert(held, job.artefact)
        except Refused as refusal:
            refusals.append(str(refusal))
            shutil.rmtree(job.artefact)
            continue
        for made in parts.iterdir() if parts.exists() else ():
            made.rename(job.artefact / made.name)
        return held, described(division, refusals[0] if refusals else None)
    raise Refused(refusals[-1])


def expected(
    division: Division, asked: Asked, parts: Path, tolerance: float
) -> dict[str, np.ndarray]:
    """Return what Keras answers where the artefact ends.

    Raises:
        RunError: the module behind it does not make Keras's answers of that.
    """
    if not division.behind:
        return asked.answers
    ended = Servable(divide(asked.model.model, (), behind=True).held).predict(asked.rows)
    made = read_part(parts, POSTPROCESS)(ended)
    for name, answers in asked.answers.items():
        difference = compare(plain(answers), plain(made[name]))
        if isinstance(difference, str) or difference.scaled > tolerance:
            raise RunError(f"{POSTPROCESS}.py makes other answers than Keras: {difference}")
    return ended


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
