"""The process with another backend of Keras: `python -m kerascfg.exporting.conversion JOB.json`.

What an artefact is compared with is answered by TensorFlow, with which the model was trained, and
so are the divisions made. A converter that starts from another backend gets the very model that
the worker has settled on, as `held.keras` in the job's folder, and writes the artefact from that.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerascfg.errors import RunError
from kerascfg.exporting.arrays import read_arrays
from kerascfg.exporting.jobs import ROWS, Job, answer
from kerascfg.exporting.processes import Step, run_steps
from kerascfg.exporting.refusing import refusing
from kerascfg.exporting.servable import Servable, load_servable
from kerascfg.exporting.target import Lacking, Refused, Target, build_target
from kerascfg.exporting.tools import overlays
from kerascfg.exporting.workshop import write_json

HELD, METADATA, ENDED = "held.keras", "metadata.json", "conversion.json"
_TENSORFLOW = "tensorflow"


@dataclass(frozen=True)
class Converted:
    """How a conversion went.

    Attributes:
        notes: what the artefact's user has to know.
        seconds: what the target itself took.
        starting: what a process with another backend took besides, to start and load the model.
    """

    notes: list[str]
    seconds: float
    starting: float = 0.0


def convert_held(job: Job, target: Target, held: Servable) -> Converted:
    """Write the artefact of what it is to hold, here or in a process with the target's backend.

    Args:
        job: whose artefact it is; its rows are written already.
        target: converts.
        held: what the artefact is to hold, with TensorFlow as its backend.

    Raises:
        Refused: the format, or the backend, cannot hold that.
        RunError: the process with the other backend failed.
    """
    if target.backend == _TENSORFLOW:
        return _timed(target, held, job)
    refuse_lacking(held, target)
    held.model.save(job.folder / HELD)
    write_json(job.folder / METADATA, held.metadata)
    place = job.folder / ENDED
    place.unlink(missing_ok=True)  # of another division
    step = Step(
        job.path,
        "kerascfg.exporting.conversion",
        job.folder / "job.json",
        job.folder / "conversion.log",
        overlays(target.tools),
        target.backend,
    )
    began = time.perf_counter()
    (ended,) = run_steps([step], 1)
    passed = time.perf_counter() - began
    if not place.exists():
        raise RunError(f"{ended.death() or 'its process gave no answer'}\n{ended.tail()}")
    said = json.loads(place.read_text(encoding="utf-8"))
    if said["status"] == "refused":
        raise (Lacking if said["lacking"] else Refused)(said["reason"])
    if said["status"] == "failed":
        raise RunError(f"{said['reason']}\n{ended.tail()}")
    return Converted(said["notes"], said["seconds"], passed - said["seconds"])


def _timed(target: Target, held: Servable, job: Job) -> Converted:
    began = time.perf_counter()
    notes = list(target.convert(held, job.artefact) or ())
    return Converted(notes, time.perf_counter() - began)


def refuse_lacking(held: Servable, target: Target) -> None:
    """Refuse a model with layers or inputs that the target's backend of Keras has no form of."""
    lacking = [
        f"`{layer.name}` ({type(layer).__name__})"
        for layer in held.model._flatten_layers(include_self=False)
        if {base.__name__ for base in type(layer).__mro__} & set(target.lacks)
    ]
    lacking += [
        f"`{port.name}` (an input of texts)" for port in held.inputs if port.dtype == "string"
    ]
    if lacking:
        raise Lacking(
            f"Keras has no form of {', '.join(dict.fromkeys(lacking))} but TensorFlow's; put it "
            "into model.preprocess, so that the artefact starts behind it"
        )


def convert(job: Job) -> dict[str, Any]:
    """Convert `held.keras` with this process's backend of Keras."""
    target = build_target(job.node, job.path)
    with refusing(f"Keras cannot load the model with {target.backend}", RunError, reason=str):
        held = load_servable(job.run_directory, job.folder / HELD)
    held.metadata = json.loads((job.folder / METADATA).read_text(encoding="utf-8"))
    held.samples = read_arrays(job.folder / ROWS)
    made = _timed(target, held, job)
    return {"notes": made.notes, "seconds": made.seconds}


if __name__ == "__main__":
    answer(Path(sys.argv[1]), convert, ENDED)
