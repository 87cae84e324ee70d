"""The task's metric on the real samples, for Keras's answers and for the artefact's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerascfg.classes import class_places

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Score:
    """A metric of the artefact, and how much worse it is than Keras's (negative: better).

    Of several outputs `value` is the mean, and `drop` that of the output that lost most.
    """

    name: str
    value: float
    drop: float


def score(
    truth: Mapping[str, np.ndarray],
    reference: Mapping[str, np.ndarray],
    answers: Mapping[str, np.ndarray],
) -> Score | str:
    """Measure Keras and artefact against the truth, by the metric that fits that.

    Of several outputs, each with a target of its name and all with the same metric, the mean is the
    value, and the drop is that of the one that lost most.

    Whole numbers beside an axis of classes, and one 1 among zeros, are classified: accuracy of the
    first choice. Truth of the output's shape that holds only 0 and 1 says yes or no: accuracy of
    each number. Other numbers of the output's shape are estimated: mean absolute error.

    Args:
        truth: target -> what is right, one row a sample.
        reference: output -> Keras's answers for the same samples, of the outputs that were learnt:
            class names that are made of them have no metric.
        answers: output -> the artefact's.

    Returns:
        The score, or the reason why there is none.
    """
    if not truth:
        return "the samples have no targets"
    if not reference:
        return "postprocess takes every output that was learnt, and what it makes has no metric"
    if len(reference) == len(truth) == 1:
        pairs = dict(zip(reference, truth, strict=True))
    elif reference.keys() == truth.keys():
        pairs = {name: name for name in reference}
    else:
        return (
            "a metric is taken of one output with one target, or of outputs each with a target of "
            f"its name. Received: outputs {', '.join(reference)}; targets {', '.join(truth)}"
        )
    scores = []
    for output, target in pairs.items():
        measure = _measure(truth[target], reference[output])
        if measure is None:
            shapes = f"`{output}` {_spell(reference[output])}"
            return f"no metric applies to {shapes} and `{target}` {_spell(truth[target])}"
        ours, theirs = measure.of(answers[output]), measure.of(reference[output])
        drop = theirs - ours if measure.more_is_better else ours - theirs
        scores.append(Score(measure.name, ours, drop))
    names = sorted({each.name for each in scores})
    if len(names) > 1:
        return f"the outputs have no metric in common: {', '.join(names)}"
    mean = sum(each.value for each in scores) / len(scores)
    return Score(names[0], mean, max(each.drop for each in scores))


def _spell(array: np.ndarray) -> str:
    dtype = "string" if array.dtype.kind in "OSU" else array.dtype.name
    return f"{list(array.shape[1:])} {dtype}"


@dataclass(frozen=True)
class _Measure:
    """A metric with the truth in it: answers -> value."""

    name: str
    of: Callable[[np.ndarray], float]
    more_is_better: bool = True


def _measure(truth: np.ndarray, reference: np.ndarray) -> _Measure | None:
    """Return the metric that fits the truth and Keras's answers, None where none does."""
    import numpy as np

    numbers = truth.dtype.kind in "iufb" and reference.dtype.kind in "iuf"
    if not numbers or len(truth) != len(reference):
        return None
    places = class_places(truth)
    beside = truth.size == len(truth) or truth.shape == reference.shape
    if places is not None and beside and reference.ndim == 2 and reference.shape[1] > 1:
        return _Measure("accuracy", lambda answers: float(np.mean(answers.argmax(1) == places)))
    if truth.size != reference.size:
        return None
    right = truth.reshape(reference.shape)
    if np.isin(right, (0, 1)).all():
        logits = ((reference < 0) | (reference > 1)).any()
        yes = 0.0 if logits else 0.5
        return _Measure("accuracy", lambda answers: float(np.mean((answers > yes) == right)))
    return _Measure(
        "mean_absolute_error", lambda answers: float(np.mean(np.abs(answers - right))), False
    )
