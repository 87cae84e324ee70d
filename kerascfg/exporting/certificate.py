"""The comparison that an artefact must pass: its answers against Keras's, case by case.

An artefact passes where every difference is within the tolerance: absolute for answers up to 1 in
size, relative to the sample's largest answer beyond (a float32 model that answers 150 is right to
about 1e-5). NaN and infinity must stand where Keras has them, texts must be equal.

Not every edge case is held to the tolerance; see `reported_cases`. What is not is measured and
reported all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kerascfg.exporting.edges import NAN

if TYPE_CHECKING:
    import numpy as np

NOT_ANSWERED = "it was not answered"
UNKNOWN = "Keras answers no such output"
_FIRM = 4
"""So many times less than the tolerance Keras's own answer may move when its input does."""


@dataclass(frozen=True)
class Certificate:
    """How an artefact's answers compare with Keras's.

    Attributes:
        problem: why it did not pass, or None.
        max_abs_diff: largest absolute difference, None where an answer cannot be compared.
        max_rel_diff: largest difference relative to the sample's largest answer.
        max_scaled_diff: largest difference as the tolerance weighs it.
        cosine: smallest cosine over the outputs, each taken over all real samples.
        top1_agreement: part of the real samples with the same first choice; None without classes.
        differences: case -> largest absolute difference, None where it cannot be compared.
        notes: what a user has to know of the cases that are reported alone.
        nan: how the artefact takes NaN: "same" as Keras, "differs", "not answered", or None where
            it was not asked.
    """

    problem: str | None = None
    max_abs_diff: float | None = None
    max_rel_diff: float | None = None
    max_scaled_diff: float | None = None
    cosine: float | None = None
    top1_agreement: float | None = None
    differences: Mapping[str, float | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    nan: str | None = None


@dataclass(frozen=True)
class Difference:
    """The largest differences of one output: as they are, and as `certify` weighs them."""

    absolute: float
    relative: float
    scaled: float


@dataclass(frozen=True)
class Found:
    """What comparing one output in one case found; a text says why it cannot be compared."""

    case: str
    output: str
    difference: Difference | str

    @property
    def where(self) -> str:
        """Say which answer it is."""
        return f"output {self.output!r}, case {self.case!r}"

    @property
    def absolute(self) -> float | None:
        """Return the largest absolute difference, None where it cannot be compared."""
        return None if isinstance(self.difference, str) else self.difference.absolute

    @property
    def scaled(self) -> float:
        """Return the difference as the tolerance weighs it."""
        return float("inf") if isinstance(self.difference, str) else self.difference.scaled


def reported_cases(
    moves: Mapping[str, float | None], tolerance: float, quantize: str | None
) -> dict[str, str]:
    """Return the edge cases that an artefact is not held to, each with the reason.

    Args:
        moves: edge case -> by how much Keras's own answer moves when its input moves by rounding;
            None where it has no number then.
        tolerance: the largest difference allowed.
        quantize: how the artefact is quantised, which fits it to real samples.
    """
    if quantize:
        return dict.fromkeys(moves, f"{quantize} is fitted to real samples")
    return {
        case: "Keras's own answer moves by "
        + ("more than a number" if move is None else f"{move:.1g}")
        + " when the input moves by rounding"
        for case, move in moves.items()
        if move is None or move > tolerance / _FIRM
    }


def certify(
    reference: Mapping[str, np.ndarray],
    answers: Mapping[str, Mapping[str, np.ndarray]],
    slices: Mapping[str, tuple[int, int]],
    tolerance: float,
    reported: Mapping[str, str] | None = None,
    raised: Mapping[str, str] | None = None,
) -> Certificate:
    """Compare an artefact's answers with Keras's.

    Args:
        reference: output -> Keras's answers, one row a sample.
        answers: case -> output -> the artefact's answers.
        slices: case -> the rows of `reference` that it is about; "samples" are the real ones.
        tolerance: the largest difference allowed.
        reported: edge cases that are not held to it, each with the reason; NaN never is.
        raised: cases that were not answered, each with what was raised.
    """
    reported, raised = reported or {}, raised or {}
    held, beside = [], []
    for case, (start, stop) in slices.items():
        received = answers.get(case, {})
        for output in dict.fromkeys((*reference, *received)):
            if output not in received:
                difference = f"{NOT_ANSWERED} ({raised[case]})" if case in raised else NOT_ANSWERED
            elif output not in reference:
                difference = UNKNOWN
            else:
                difference = compare(reference[output][start:stop], received[output])
            found = Found(case, output, difference)
            (beside if case == NAN or case in reported else held).append(found)
    differences = {found.case: found.absolute for found in (*held, *beside)}
    for found in (*held, *beside):
        sizes = (differences[found.case], found.absolute)
        differences[found.case] = None if None in sizes else max(sizes)
    notes, nan = _notes(beside, reported, tolerance), _nan(beside, tolerance)
    for found in held:
        if isinstance(found.difference, str):
            problem = f"{found.where}: {found.difference}"
            return Certificate(problem, differences=differences, notes=notes, nan=nan)
    worst = max(held, key=lambda found: found.scaled)
    problem = None
    if not worst.scaled <= tolerance:
        problem = (
            f"{worst.where}: differs from Keras by {worst.scaled:.2g} (relative to the sample's "
            f"largest answer where that is over 1); {tolerance:.2g} is allowed"
        )
    start, stop = slices["samples"]
    pairs = [(rows[start:stop], answers["samples"][name]) for name, rows in reference.items()]
    sizes = [found.difference for found in held if isinstance(found.difference, Difference)]
    return Certificate(
        problem,
        max(size.absolute for size in sizes),
        max(size.relative for size in sizes),
        worst.scaled,
        _cosine(pairs),
        _top1_agreement(pairs),
        differences,
        notes,
        nan,
    )


def _notes(
    beside: Sequence[Found], reported: Mapping[str, str], tolerance: float
) -> tuple[str, ...]:
    """Say of which cases answers lie beyond the tolerance though the artefact is not held to it."""
    reasons: dict[str, list[str]] = {}
    for found in beside:
        if found.case == NAN or found.scaled <= tolerance:
            continue
        text = found.difference if isinstance(found.difference, str) else f"{found.scaled:.1g}"
        reasons.setdefault(reported[found.case], []).append(f"{found.case} ({text})")
    notes = [
        f"beyond the tolerance, and not held to it: {', '.join(dict.fromkeys(cases))}; {reason}"
        for reason, cases in reasons.items()
    ]
    if _nan(beside, tolerance) not in (None, "same"):
        said = dict.fromkeys(
            found.difference if isinstance(found.difference, str) else f"by {found.scaled:.1g}"
            for found in beside
            if found.case == NAN and not found.scaled <= tolerance
        )
        notes.append(
            f"a NaN among the numbers is answered otherwise than by Keras: {'; '.join(said)}"
        )
    return tuple(notes)


def _nan(beside: Sequence[Found], tolerance: float) -> str | None:
    """Say how NaN was taken; None where it was not asked."""
    found = [each for each in beside if each.case == NAN]
    if not found:
        return None
    if all(str(each.difference).startswith(NOT_ANSWERED) for each in found):
        return "not answered"
    return "same" if all(each.scaled <= tolerance for each in found) else "differs"


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
