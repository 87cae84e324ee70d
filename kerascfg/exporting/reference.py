"""The process that asks Keras, once an export: `python -m kerascfg.exporting.reference JOB.json`.

It runs before any conversion and alone, so that the time it measures is Keras's own. What it finds
is written beside the job: `rows.npz` (the whole model's inputs), `reference.npz` (what Keras
answers) and `asked.json` (the cases among them, and how firm Keras's own answers are).
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.arrays import plain, write_arrays
from kerascfg.exporting.bench import milliseconds
from kerascfg.exporting.certificate import compare
from kerascfg.exporting.edges import NAN, edge_rows, moved_by_rounding
from kerascfg.exporting.jobs import ASKED, REFERENCE, ROWS, Job, answer
from kerascfg.exporting.samples import fed, read_samples
from kerascfg.exporting.servable import Servable, load_servable

if TYPE_CHECKING:
    import numpy as np

    Arrays = dict[str, np.ndarray]

_TIMED_PREDICTIONS = 10


def ask(job: Job) -> dict[str, Any]:
    """Answer the samples and the edge cases with Keras; return what the parent wants to know."""
    import numpy as np

    model = load_servable(job.run_directory)
    samples = read_samples(job.run_directory)
    rows = fed(model.inputs, samples.features)
    found = [(rows, model.predict(rows))]
    cases, moves, notes = {"samples": (0, samples.count)}, {}, []
    edges = edge_rows(rows)
    said = _answers(model, edges)
    moved = _answers(model, {case: moved_by_rounding(edge) for case, edge in edges.items()})
    for case, answers in said.items():
        if answers is None or (case.startswith("large") and not _finite(answers)):
            why = "does not answer it" if answers is None else "answers no finite number"
            notes.append(f"case {case!r} is not compared: Keras {why}")
            continue
        start = samples.count + len(cases) - 1
        cases[case] = (start, start + 1)
        found.append((edges[case], answers))
        if case != NAN:
            moves[case] = _move(answers, moved[case])
    write_arrays(job.folder / ROWS, _joined([edge for edge, _ in found]))
    write_arrays(job.folder / REFERENCE, _joined([answers for _, answers in found]))
    first = {name: array[:1] for name, array in rows.items()}
    times = milliseconds(lambda: model.predict(first), _TIMED_PREDICTIONS)
    finite = {case: move for case, move in moves.items() if np.isfinite(move)}
    return {
        "samples": samples.count,
        "cases": cases,
        "moves": {case: finite.get(case) for case in moves},
        "unasked": notes,
        "keras_ms": statistics.median(times),
    }


def _answers(model: Servable, edges: Mapping[str, Arrays]) -> dict[str, Arrays | None]:
    """Return Keras's answer to each case, None where it has none: a model may invert a matrix."""
    try:
        answers = model.predict(_joined(list(edges.values())))
    except Exception:
        return {case: _answer(model, row) for case, row in edges.items()}
    return {case: {n: a[i : i + 1] for n, a in answers.items()} for i, case in enumerate(edges)}


def _answer(model: Servable, row: Arrays) -> Arrays | None:
    try:
        return model.predict(row)
    except Exception:
        return None


def _move(answers: Arrays, moved: Arrays | None) -> float:
    """Return by how much answers move, as a certificate weighs differences."""
    if moved is None:
        return float("inf")
    differences = [compare(plain(answers[name]), plain(moved[name])) for name in answers]
    return max(float("inf") if isinstance(d, str) else d.scaled for d in differences)


def _finite(answers: Arrays) -> bool:
    import numpy as np

    numbers = [plain(array) for array in answers.values()]
    return all(np.isfinite(array).all() for array in numbers if array.dtype.kind == "f")


def _joined(parts: list[Arrays]) -> Arrays:
    import numpy as np

    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


if __name__ == "__main__":
    answer(Path(sys.argv[1]), ask, ASKED)
