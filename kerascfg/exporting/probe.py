"""The process of an artefact's own runtime: `python -m kerascfg.exporting.probe JOB.json`.

The packages that the target forbids (Keras; for LiteRT TensorFlow too) cannot be imported here,
so that the artefact answers by itself. What it answers is written beside the job: `answers.npz`
(arrays `CASE/OUTPUT`) and `probed.json` (what it takes and returns, and what it costs).
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import RunError
from kerascfg.exporting.arrays import read_arrays, write_arrays
from kerascfg.exporting.asking import ask
from kerascfg.exporting.bench import measure, resident_bytes
from kerascfg.exporting.jobs import ANSWERS, ASKED, PROBED, ROWS, Job, answer, named
from kerascfg.exporting.samples import OF_SAMPLES, with_batches
from kerascfg.exporting.target import Artefact, build_target

if TYPE_CHECKING:
    import numpy as np


class Forbidden(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Refuses to import some packages, whoever asks.

    It finds them and then refuses to load: TensorFlow looks for Keras when it is imported itself,
    without importing it, and an error there would be TensorFlow's end.
    """

    def __init__(self, packages: Sequence[str]):
        """Forbid top-level packages."""
        self.packages = frozenset(packages)

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a forbidden module, leave every other one to the next finder."""
        if fullname.partition(".")[0] not in self.packages:
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Refuse to load a forbidden module."""
        raise ImportError(f"{spec.name} is forbidden where the artefact runs by itself")

    def exec_module(self, module: object) -> None:
        """Be a loader to Python, which asks for both methods; it never comes to this one."""


def forbid(packages: Sequence[str]) -> None:
    """Make packages impossible to import from now on.

    Raises:
        RunError: one has been imported already.
    """
    present = sorted({name.partition(".")[0] for name in sys.modules} & set(packages))
    if present:
        raise RunError(f"expected a process without {', '.join(packages)}. Received: {present}")
    sys.meta_path.insert(0, Forbidden(packages))


def probe(job: Job) -> dict[str, Any]:
    """Run an artefact on all cases and return what it is and what it costs."""
    target = build_target(job.node, job.path)
    forbid(target.forbidden)
    rows = read_arrays(job.folder / ROWS)
    before = resident_bytes()
    artefact = target.open(job.artefact)
    _expect_names("inputs", [port.name for port in artefact.inputs], list(rows))
    ask(artefact, {name: array[: artefact.batch or 1] for name, array in rows.items()})
    after = resident_bytes()
    asked = json.loads((job.asked / ASKED).read_text(encoding="utf-8"))
    slices = with_batches(asked["cases"], any_batch=artefact.batch is None)
    answers, raised = answered(artefact, rows, slices)
    write_arrays(job.folder / ANSWERS, answers)
    start, stop = slices["samples"]
    grown = None if before is None or after is None else max(0, after - before)
    return {
        "inputs": [port.entry() for port in artefact.inputs],
        "outputs": [port.entry() for port in artefact.outputs],
        "raised": raised,
        "any_batch": artefact.batch is None,
        "memory_bytes": grown if target.timed else None,
        **measure(target, job.artefact, {n: array[start:stop] for n, array in rows.items()}),
    }


def answered(
    artefact: Artefact, rows: Mapping[str, np.ndarray], slices: Mapping[str, tuple[int, int]]
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Answer every case; an edge case may be refused, which is for the certificate to judge.

    Args:
        artefact: what is asked.
        rows: input -> rows.
        slices: case -> the rows that it is about.

    Returns:
        "CASE/OUTPUT" -> answers, and case -> what was raised instead.
    """
    answers: dict[str, np.ndarray] = {}
    raised: dict[str, str] = {}
    for case, (start, stop) in slices.items():
        try:
            made = ask(artefact, {name: array[start:stop] for name, array in rows.items()})
        except Exception as error:  # of whatever kind: runtimes have their own
            if case in OF_SAMPLES:
                raise
            raised[case] = named(error)
            continue
        answers |= {f"{case}/{name}": array for name, array in made.items()}
    return answers, raised


def _expect_names(what: str, received: list[str], expected: list[str]) -> None:
    if sorted(received) != sorted(expected):
        raise RunError(
            f"expected an artefact with the {what} {', '.join(sorted(expected))}. "
            f"Received: {', '.join(sorted(received))}"
        )


if __name__ == "__main__":
    answer(Path(sys.argv[1]), probe, PROBED)
