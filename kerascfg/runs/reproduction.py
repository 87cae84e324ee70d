"""Is a run the same as the one that it repeats?"""

from __future__ import annotations

from dataclasses import dataclass

from kerascfg.errors import RunError
from kerascfg.runs.compare import Difference, differences, first_difference_of_histories
from kerascfg.runs.directory import Run
from kerascfg.runs.weights import differing_weights

MODEL = "model.keras"
CHOICES = "choices.json"


@dataclass(frozen=True)
class Reproduction:
    """How a run compares with the one that it repeats.

    Attributes:
        history: where the histories begin to differ, None where they are the same to the last
            digit.
        metrics: the metrics that differ.
        weights: the weights and other parts of the saved model that differ in any bit.
        environment: what differs of code, packages, data and devices. That alone makes no
            reproduction unequal.
    """

    history: str | None
    metrics: tuple[Difference, ...]
    weights: tuple[str, ...]
    environment: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Tell whether history, metrics and weights are all the same, bit for bit."""
        return self.history is None and not self.metrics and not self.weights


def expect_trained(run: Run) -> None:
    """Make sure that a run has what a reproduction of it is compared with.

    Raises:
        RunError: it has no metrics or no model.
    """
    run.metrics()
    if not run.path(MODEL).is_file():
        raise RunError(f"expected a run with a {MODEL}. Received: {run.directory}")


def compare_reproduction(original: Run, repeated: Run) -> Reproduction:
    """Compare a run with the one that it repeats.

    Raises:
        RunError: a file of one is missing or damaged.
    """
    found = differences(original, repeated)
    return Reproduction(
        first_difference_of_histories(original, repeated),
        tuple(each for each in found if each.section == "metrics"),
        tuple(differing_weights(original.path(MODEL), repeated.path(MODEL))),
        tuple(each for each in found if each.section not in ("config", "metrics")),
    )


def take_choices(original: Run, repeated: Run) -> None:
    """Give a run what the one that it repeats chose by measuring, so that it chooses the same."""
    file = original.path(CHOICES)
    if not file.is_file():
        return
    try:
        repeated.write_text(CHOICES, file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RunError(f"{file} cannot be read: {error}") from error
