"""Quantisation that is held to a loss of the metric: the most fragile layers stay in float.

Layers are ordered by the damage that each does alone; then the fewest of the most fragile are
searched, by halves, that must stay in float for the metric to hold. So the number of files that
are made and measured grows with the number of layers, not with that of their combinations.

What is measured on samples of the training split varies on others: half of what is allowed is left
for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerascfg.exporting.score import Score, score
from kerascfg.exporting.target import Refused
from kerascfg.exporting.tflite.layers import operations_by_layer

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.servable import Servable
    from kerascfg.exporting.tflite.quantising import Quantiser

    Arrays = Mapping[str, np.ndarray]

MOST_GROUPS = 48
"""Neighbouring layers of larger models are taken together, so that the search ends in time."""
_MARGIN = 0.5
_TRIED = 32
"""Samples that the damage of a layer is measured on."""


class Guard:
    """Holds the quantisation of one model to a loss of its metric."""

    def __init__(
        self,
        model: Servable,
        max_drop: float,
        answers_of: Callable[[bytes, Arrays], dict[str, np.ndarray]],
    ):
        """Ask Keras for what is compared with; the model is not changed.

        Args:
            model: what is converted.
            max_drop: how much worse the metric may be.
            answers_of: runs a file on rows.

        Raises:
            Refused: there are no samples, or none that a metric can be taken of.
        """
        self._model = model
        self._limit = max_drop
        self._answers_of = answers_of
        self._samples = model.calibration
        self._reference = model.predict(dict(self._samples.rows))
        self._score(self._reference)

    def held(self, quantiser: Quantiser) -> tuple[bytes, list[str]]:
        """Return the quantised file in which the metric holds, and how that was reached.

        Raises:
            Refused: it does not hold with any layer quantised.
        """
        few = {name: array[:_TRIED] for name, array in self._samples.rows.items()}
        right = self._answers_of(quantiser.content, few)
        scopes = (*quantiser.operations.main, *quantiser.operations.inside_loops)
        found = hold(
            _MARGIN * self._limit,
            operations_by_layer(scopes, self._model.model),
            quantiser.quantised,
            lambda content: self._drop(content),
            lambda content: _distance(right, self._answers_of(content, few)),
        )
        name, count = self._score(self._reference).name.replace("_", " "), self._samples.count
        allowed = f"max_drop: {self._limit:g} allows half of that on samples of the training split"
        if found.content is None:
            in_float = found.drop > _MARGIN * self._limit
            raise Refused(
                f"the {name} is worse by {found.drop_of_all:.4g} with {quantiser.mode}, and by "
                f"{found.drop:.4g} with every layer in float32; {allowed}. "
                + (
                    "Not even float32 holds it: allow more"
                    if in_float
                    else "Nothing is left to quantise: allow more, or choose a finer mode"
                )
            )
        notes = [
            f"{name} on {count} samples of the training split: worse by {found.drop:.4g} "
            f"({found.drop_of_all:.4g} with every layer quantised); {allowed}"
        ]
        if found.kept:
            notes.insert(
                0,
                f"kept in float32, the most fragile first: {', '.join(found.kept)} "
                f"(found by {found.files} conversions)",
            )
        return found.content, notes

    def _drop(self, content: bytes) -> float:
        return self._score(self._answers_of(content, self._samples.rows)).drop

    def _score(self, answers: Arrays) -> Score:
        learnt = {name: self._reference[name] for name in self._model.learnt}
        scored = score(self._samples.truth, learnt, answers)
        if isinstance(scored, str):
            raise Refused(f"max_drop takes a metric, and there is none: {scored}")
        return scored


def _distance(right: Arrays, answers: Arrays) -> float:
    """Return the mean squared difference of answers, over outputs in units of their own size."""
    import numpy as np

    parts = [
        float(np.mean((answers[name] - array) ** 2) / (np.mean(array**2) + 1e-12))
        for name, array in right.items()
        if array.dtype.kind == "f"
    ]
    return sum(parts)


@dataclass(frozen=True)
class Held:
    """What the search found.

    Attributes:
        content: the file, None where the metric holds with no layer quantised, or not even then.
        kept: the layers in float, the most fragile first.
        drop: how much worse the metric of `content` is, or with all in float where that is None.
        drop_of_all: how much worse it is with every layer quantised.
        files: how many files were made.
    """

    content: bytes | None
    kept: tuple[str, ...]
    drop: float
    drop_of_all: float
    files: int


def hold(
    limit: float,
    layers: Mapping[str, frozenset[str]],
    quantised: Callable[[frozenset[str]], bytes],
    drop: Callable[[bytes], float],
    damage: Callable[[bytes], float],
) -> Held:
    """Find the fewest fragile layers that must stay in float.

    Args:
        limit: how much worse the metric may be.
        layers: layer -> its operations.
        quantised: makes a file in which some operations stay in float.
        drop: measures how much worse a file's metric is than the model's.
        damage: measures how far a file's answers are from those of the float file; cheaper.
    """
    content = quantised(frozenset())
    drop_of_all = drop(content)
    if drop_of_all <= limit:
        return Held(content, (), drop_of_all, drop_of_all, 1)
    groups = _groups(layers)
    whole = frozenset[str]().union(*groups.values())
    in_float = drop(quantised(whole))
    files = 2 + len(groups)
    if in_float > limit:
        return Held(None, tuple(groups), in_float, drop_of_all, 2)
    alone = {name: damage(quantised(whole - scopes)) for name, scopes in groups.items()}
    fragile = sorted(groups, key=lambda name: -alone[name])
    best, best_drop = None, in_float
    holds, fails = len(fragile), 0  # so many of the most fragile in float: known to hold, to fail
    while holds - fails > 1:
        middle = (holds + fails) // 2
        content = quantised(frozenset[str]().union(*(groups[name] for name in fragile[:middle])))
        files += 1
        measured = drop(content)
        if measured <= limit:
            holds, best, best_drop = middle, content, measured
        else:
            fails = middle
    return Held(best, tuple(fragile[:holds]), best_drop, drop_of_all, files)


def _groups(layers: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Take neighbouring layers together until there are few enough groups."""
    size = -(-len(layers) // MOST_GROUPS)
    names = list(layers)
    groups = {}
    for start in range(0, len(names), size):
        taken = names[start : start + size]
        name = taken[0] if len(taken) == 1 else f"{taken[0]} to {taken[-1]}"
        groups[name] = frozenset[str]().union(*(layers[each] for each in taken))
    return groups
