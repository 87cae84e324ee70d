"""The process with Keras: `python -m kerascfg.exporting.worker JOB.json`.

What Keras answers was asked before, once for all targets; see `reference`. What the format cannot
hold is written beside the artefact, as modules, and run here: the artefact is fed what
`preprocess.py` makes of the samples.

What it finds is written beside the job: `rows.npz` (what is fed), `reference.npz` (what Keras
answers there) and `converted.json` (how it went).
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import RunError
from kerascfg.exporting.about import read_about
from kerascfg.exporting.arrays import plain, read_arrays, write_arrays
from kerascfg.exporting.calibration import calibration_of
from kerascfg.exporting.certificate import compare
from kerascfg.exporting.conversion import Converted, convert_held
from kerascfg.exporting.divisions import described, divisions
from kerascfg.exporting.jobs import ASKED, CONVERTED, REFERENCE, ROWS, Job, answer
from kerascfg.exporting.parts import read_part, write_parts
from kerascfg.exporting.servable import Servable, load_servable
from kerascfg.exporting.target import Lacking, Target, build_target
from kerascfg.model import POSTPROCESS, PREPROCESS, Division, divide

if TYPE_CHECKING:
    import numpy as np


def convert(job: Job) -> dict[str, Any]:
    """Convert, and return what the parent wants to know."""
    target = build_target(job.node, job.path)
    asked = Asked(
        load_servable(job.run_directory),
        read_arrays(job.asked / ROWS),
        read_arrays(job.asked / REFERENCE),
        json.loads((job.asked / ASKED).read_text(encoding="utf-8"))["samples"],
    )
    began = time.perf_counter()
    held, made = converted(job, target, asked)
    return {
        "convert_seconds": made.seconds,
        "conversion_seconds": time.perf_counter() - began - made.starting,
        "inputs": [port.entry() for port in held.inputs],
        "outputs": [port.entry() for port in held.outputs],
        "learnt": list(held.learnt),
        "metadata": held.metadata,
        "notes": made.notes,
    }


@dataclass(frozen=True)
class Asked:
    """A whole model, what it was asked, what Keras answers, and how many are real samples."""

    model: Servable
    rows: dict[str, np.ndarray]
    answers: dict[str, np.ndarray]
    count: int

    @property
    def features(self) -> dict[str, np.ndarray]:
        """Return the rows by the names of the raw features."""
        return {port.model_name or port.name: self.rows[port.name] for port in self.model.inputs}


def converted(job: Job, target: Target, asked: Asked) -> tuple[Servable, Converted]:
    """Write as much of the model into the artefact as the format holds, the rest beside it.

    Returns:
        What the artefact holds, and how the conversion went.

    Raises:
        Lacking: the format cannot hold what learns.
        Refused: the target cannot work with it, whatever it is to hold.
    """
    refusals: list[Lacking] = []
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
        held.samples = {name: array[: asked.count] for name, array in rows.items()}
        write_arrays(job.folder / ROWS, rows)
        write_arrays(job.folder / REFERENCE, expected(division, asked, parts, target.tolerance))
        job.artefact.mkdir()
        try:
            made = convert_held(job, target, held)
        except Lacking as refusal:
            refusals.append(refusal)
            shutil.rmtree(job.artefact)
            continue
        for part in parts.iterdir() if parts.exists() else ():
            part.rename(job.artefact / part.name)
        why = described(division, str(refusals[0]) if refusals else None)
        return held, replace(made, notes=[*why, *made.notes])
    raise refusals[0]  # what it lacks of the most that was tried, as the note of a division says


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


if __name__ == "__main__":
    answer(Path(sys.argv[1]), convert, CONVERTED)
