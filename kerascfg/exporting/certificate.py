"""The comparison that an artefact must pass: its answers against Keras's, case by case.

An artefact passes where every difference is within the tolerance: absolute for answers up to 1 in
size, relative to the sample's largest answer beyond (a float32 model that answers 150 is right to
about 1e-5). NaN and infinity must stand where Keras has them, texts must be equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Certificate:
    """How an artefact's answers compare with Keras's.

    Attributes:
        problem: why it did not pass, or None.
        max_abs_diff: largest absolute difference, None where an answer cannot be compared.
        max_rel_diff: largest difference relative to the sample's largest answer.
        cosine: smallest cosine over the outputs, each taken over all real samples.
        top1_agreement: part of the real samples with the same first choice; None without classes.
    """

    problem: str | None = None
    max_abs_diff: float | None = None
    max_rel_diff: float | None = None
    cosine: float | None = None
    top1_agreement: float | None = None


def certify(
    reference: Mapping[str, np.ndarray],
    answers: Mapping[str, Mapping[str, np.ndarray]],
    slices: Mapping[str, tuple[int, int]],
    tolerance: float,
) -> Certificate:
    """Compare an artefact's answers with Keras's.

    Args:
        reference: output -> Keras's answers, one row a sample.
        answers: case -> output -> the artefact's answers.
        slices: case -> the rows of `reference` that it is about; "samples" are the real ones.
        tolerance: the largest difference allowed.
    """
    largest, relative, excess, worst = 0.0, 0.0, 0.0, ""
    for case, (start, stop) in slices.items():
        for output, rows in reference.items():
            where = f"output {output!r}, case {case!r}"
            received = answers.get(case, {}).get(output)
            if received is None:
                return Certificate(f"{where}: it was not answered")
            difference = compare(rows[start:stop], received)
            if isinstance(difference, str):
                return Certificate(f"{where}: {difference}")
            largest = max(largest, difference.absolute)
            relative = max(relative, difference.relative)
            if difference.scaled > excess:
                excess, worst = difference.scaled, where
    problem = None
    if not excess <= tolerance:
        problem = (
            f"{worst}: differs from Keras by {excess:.2g} (relative to the sample's largest answer "
            f"where that is over 1); {tolerance:.2g} is allowed"
        )
    start, stop = slices["samples"]
    pairs = [(rows[start:stop], answers["samples"][name]) for name, rows in reference.items()]
    return Certificate(problem, largest, relative, _cosine(pairs), _top1_agreement(pairs))


@dataclass(frozen=True)
class Difference:
    """The largest differences of one output: as they are, and as `certify` weighs them."""

    absolute: float
    relative: float
    scaled: float


def compare(expected: np.ndarray, received: np.ndarray) -> Difference | str:
    """Compare one output's answers; a text says why they cannot be compared."""
    import numpy as np

    if expected.shape != received.shape:
        return f"expected the shape {expected.shape}. Received: {received.shape}"
    if _are_texts(expected, received):
        unequal = int(np.sum(expected.astype(str) != received.astype(str)))
        if unequal:
            return f"{unequal} of {expected.size} texts are not Keras's"
        return Difference(0.0, 0.0, 0.0)
    a, b = expected.astype(np.float64), received.astype(np.float64)
    finite = np.isfinite(a) & np.isfinite(b)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    strange = int(np.sum(~finite & ~same))
    if strange:
        return f"{strange} of {a.size} numbers are NaN or infinite on one side only"
    if not a.size:
        return Difference(0.0, 0.0, 0.0)
    difference = np.abs(np.where(finite, a, 0.0) - np.where(finite, b, 0.0))
    size = np.abs(np.where(finite, a, 0.0))
    scale = np.max(size, axis=tuple(range(1, a.ndim)), keepdims=True)
    relative = np.divide(difference, scale, out=np.zeros_like(difference), where=scale > 0)
    relative[(scale == 0) & (difference > 0)] = np.inf
    scaled = difference / np.maximum(scale, 1.0)
    return Difference(float(difference.max()), float(relative.max()), float(scaled.max()))


def _are_texts(expected: np.ndarray, received: np.ndarray) -> bool:
    """Tell whether one side is texts, or bytes that are none."""
    return bool({*"UO"} & {expected.dtype.kind, received.dtype.kind})


def _cosine(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float | None:
    import numpy as np

    cosines = []
    for expected, received in pairs:
        if _are_texts(expected, received):
            continue
        a = np.nan_to_num(expected.astype(np.float64).ravel(), posinf=0.0, neginf=0.0)
        b = np.nan_to_num(received.astype(np.float64).ravel(), posinf=0.0, neginf=0.0)
        norms = np.linalg.norm(a) * np.linalg.norm(b)
        cosines.append(float(a @ b / norms) if norms else float(np.array_equal(a, b)))
    return min(cosines, default=None)


def _top1_agreement(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float | None:
    import numpy as np

    agreements = [
        float(np.mean(np.argmax(expected, axis=-1) == np.argmax(received, axis=-1)))
        for expected, received in pairs
        if expected.ndim > 1 and expected.shape[-1] > 1 and expected.dtype.kind == "f"
    ]
    return min(agreements, default=None)
