"""The task's metric on the real samples, for Keras's answers and for the artefact's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerascfg.classes import class_places

if TYPE_CHECKING:
    import numpy as np

METRICS = ("accuracy", "mean_absolute_error")


@dataclass(frozen=True)
class Score:
    """A metric of the artefact, and how much worse it is than Keras's (negative: better)."""

    name: str
    value: float
    drop: float


def score(
    truth: Mapping[str, np.ndarray],
    reference: Mapping[str, np.ndarray],
    answers: Mapping[str, np.ndarray],
    metric: str | None = None,
) -> Score | str:
    """Measure Keras and artefact against the truth.

    Args:
        truth: target -> what is right, one row a sample.
        reference: output -> Keras's answers for the same samples, of the outputs that were learnt:
            class names that are made of them have no metric.
        answers: output -> the artefact's.
        metric: one of `METRICS`; None chooses by the truth: whole numbers beside an axis of
            classes, and one 1 among zeros, are classified; other numbers of the output's shape are
            estimated.

    Returns:
        The score, or the reason why there is none.
    """
    if not truth:
        return "the samples have no targets"
    if not reference:
        return "postprocess takes every output that was learnt, and what it makes has no metric"
    if len(reference) != 1 or len(truth) != 1:
        counts = f"{len(reference)} outputs with {len(truth)} targets"
        return f"a metric is taken of one output with one target, and there are {counts}"
    ((output, expected),) = reference.items()
    ((target, right),) = truth.items()
    name = metric or _fitting(right, expected)
    ours, theirs = _measure(name, right, answers[output]), _measure(name, right, expected)
    if name is None or ours is None or theirs is None:
        shapes = f"`{output}` {_spell(expected)} and `{target}` {_spell(right)}"
        return f"{metric or 'no metric'} {'does not apply' if metric else 'applies'} to {shapes}"
    return Score(name, ours, theirs - ours if name == "accuracy" else ours - theirs)


def _spell(array: np.ndarray) -> str:
    dtype = "string" if array.dtype.kind in "OSU" else array.dtype.name
    return f"{list(array.shape[1:])} {dtype}"


def _fitting(truth: np.ndarray, output: np.ndarray) -> str | None:
    if truth.dtype.kind in "iu" and output.ndim == 2 and output.shape[-1] > 1:
        return "accuracy"
    one_hot = truth.ndim == 2 and truth.shape[1] > 1 and class_places(truth) is not None
    if output.shape == truth.shape and one_hot:
        return "accuracy"
    return "mean_absolute_error" if truth.dtype.kind == "f" else None


def _measure(name: str | None, truth: np.ndarray, output: np.ndarray) -> float | None:
    import numpy as np

    if truth.dtype.kind not in "iuf" or output.dtype.kind not in "iuf" or len(truth) != len(output):
        return None
    flat = truth.reshape(len(truth), -1)
    answers = output.reshape(len(output), -1)
    match name:
        case "accuracy" if flat.shape[1] == 1 and answers.shape[1] > 1:
            return float(np.mean(np.argmax(answers, axis=1) == flat[:, 0]))
        case "accuracy" if flat.shape == answers.shape and flat.shape[1] > 1:
            return float(np.mean(np.argmax(answers, axis=1) == np.argmax(flat, axis=1)))
        case "accuracy" if flat.shape == answers.shape:
            return float(np.mean((answers > 0.5) == (flat > 0.5)))
        case "mean_absolute_error" if flat.shape == answers.shape:
            return float(np.mean(np.abs(answers - flat)))
        case _:
            return None
