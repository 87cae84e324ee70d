"""Quantisation that is held to a loss of the metric, whatever the format.

A target says how it quantises, in whole or in part, and how what comes of it is opened; here that
is run on samples of the training split, and the most fragile layers stay in float (`fragile`).

What is measured on samples of the training split varies on others: half of what is allowed is left
for that.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic

from kerascfg.exporting.asking import ask
from kerascfg.exporting.fragile import Content, Held, Parts, hold
from kerascfg.exporting.score import Score, score
from kerascfg.exporting.target import Artefact, Closes, Refused

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.servable import Servable

    Arrays = Mapping[str, np.ndarray]

_MARGIN = 0.5
_TRIED = 32
"""Samples that the damage of a layer is measured on."""


@dataclass(frozen=True)
class Quantisation(Generic[Content]):
    """One way to quantise one model.

    Attributes:
        mode: its name in the config.
        layers: returns layer -> those of its parts (operations, weights) that can stay in float.
        quantised: makes what is delivered, with some parts in float.
        write: writes that into an empty folder, for `open`.
        open: opens it in its own runtime.
    """

    mode: str
    layers: Callable[[], Mapping[str, Parts]]
    quantised: Callable[[Parts], Content]
    write: Callable[[Content, Path], object]
    open: Callable[[Path], Artefact]

    def answers(self, content: Content, rows: Arrays) -> dict[str, np.ndarray]:
        """Return what it answers to rows."""
        with ExitStack() as stack:
            # Windows keeps the file of what is still open.
            folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
            directory = Path(stack.enter_context(folder))
            self.write(content, directory)
            artefact = self.open(directory)
            if isinstance(artefact, Closes):
                stack.callback(artefact.close)
            return ask(artefact, rows)


def quantised(
    model: Servable, how: Quantisation[Content], max_drop: float | None
) -> tuple[Content, list[str]]:
    """Quantise a model, with the metric held where that is asked, and say how that was reached.

    Args:
        model: what is converted; it is not changed.
        how: the way to quantise it.
        max_drop: how much worse the metric may be, None for whatever it becomes.

    Raises:
        Refused: there are no samples, none that a metric can be taken of, or the metric does not
            hold with any layer quantised.
    """
    if max_drop is None:
        return how.quantised(Parts()), []
    samples = model.calibration
    reference = model.predict(dict(samples.rows))
    learnt = {name: reference[name] for name in model.learnt}
    few = {name: array[:_TRIED] for name, array in samples.rows.items()}
    right = {name: array[:_TRIED] for name, array in reference.items()}

    def scored(answers: Arrays) -> Score:
        found = score(samples.truth, learnt, answers)
        if isinstance(found, str):
            raise Refused(f"max_drop takes a metric, and there is none: {found}")
        return found

    name = scored(reference).name.replace("_", " ")  # before anything is made
    found = hold(
        _MARGIN * max_drop,
        how.layers,
        how.quantised,
        lambda content: scored(how.answers(content, samples.rows)).drop,
        lambda content: _distance(right, how.answers(content, few)),
    )
    allowed = f"max_drop: {max_drop:g} allows half of that on samples of the training split"
    if found.content is None:
        raise Refused(
            f"the {name} is worse by {found.drop_of_all:.4g} with {how.mode}, and by "
            f"{found.drop:.4g} with every layer in float32; {allowed}. "
            + (
                "Not even float32 holds it: allow more"
                if found.drop > _MARGIN * max_drop
                else "Nothing is left to quantise: allow more, or choose a finer mode"
            )
        )
    measured = f"{name} on {samples.count} samples of the training split"
    return found.content, [*_kept(found), f"{measured}: {_told(found)}; {allowed}"]


def _kept(found: Held) -> list[str]:
    if not found.kept:
        return []
    kept = ", ".join(found.kept)
    return [f"kept in float32, the most fragile first: {kept} (found by {found.made} conversions)"]


def _told(found: Held) -> str:
    return f"worse by {found.drop:.4g} ({found.drop_of_all:.4g} with every layer quantised)"


def _distance(right: Arrays, answers: Arrays) -> float:
    """Return the mean squared difference of answers, over outputs in units of their own size."""
    import numpy as np

    parts = [
        float(np.mean((answers[name] - array) ** 2) / (np.mean(array**2) + 1e-12))
        for name, array in right.items()
        if array.dtype.kind == "f"
    ]
    return sum(parts)
