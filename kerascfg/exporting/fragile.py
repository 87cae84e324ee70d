"""The search for the fewest layers that must stay in float for a metric to hold.

Layers are ordered by the damage that each does alone; then the fewest of the most fragile are
searched, by halves. So the number of artefacts that are made and measured grows with the number of
layers, not with that of their combinations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Content = TypeVar("Content")
Parts = frozenset[str]
"""Names of operations or weights."""

MOST_GROUPS = 48
"""Neighbouring layers of larger models are taken together, so that the search ends in time."""


@dataclass(frozen=True)
class Held(Generic[Content]):
    """What the search found.

    Attributes:
        content: what was made, None where the metric holds with no layer quantised, or not even
            then.
        kept: the layers in float, the most fragile first.
        drop: how much worse the metric of `content` is, or with all in float where that is None.
        drop_of_all: how much worse it is with every layer quantised.
        made: how many were made.
    """

    content: Content | None
    kept: tuple[str, ...]
    drop: float
    drop_of_all: float
    made: int


def hold(
    limit: float,
    layers: Callable[[], Mapping[str, Parts]],
    quantised: Callable[[Parts], Content],
    drop: Callable[[Content], float],
    damage: Callable[[Content], float],
) -> Held[Content]:
    """Find the fewest fragile layers that must stay in float.

    Args:
        limit: how much worse the metric may be.
        layers: returns layer -> its parts; asked where not all can be quantised.
        quantised: makes what is measured, with some parts in float.
        drop: measures how much worse its metric is than the model's.
        damage: measures how far its answers are from the model's; cheaper.
    """
    content = quantised(frozenset())
    drop_of_all = drop(content)
    if drop_of_all <= limit:
        return Held(content, (), drop_of_all, drop_of_all, 1)
    groups = _groups(layers())
    whole = Parts().union(*groups.values())
    in_float = drop(quantised(whole))
    made = 2 + len(groups)
    if in_float > limit:
        return Held(None, tuple(groups), in_float, drop_of_all, 2)
    alone = {name: damage(quantised(whole - parts)) for name, parts in groups.items()}
    fragile = sorted(groups, key=lambda name: -alone[name])
    best, best_drop = None, in_float
    holds, fails = len(fragile), 0  # so many of the most fragile in float: known to hold, to fail
    while holds - fails > 1:
        middle = (holds + fails) // 2
        content = quantised(Parts().union(*(groups[name] for name in fragile[:middle])))
        made += 1
        measured = drop(content)
        if measured <= limit:
            holds, best, best_drop = middle, content, measured
        else:
            fails = middle
    return Held(best, tuple(fragile[:holds]), best_drop, drop_of_all, made)


def _groups(layers: Mapping[str, Parts]) -> dict[str, Parts]:
    """Take neighbouring layers together until there are few enough groups."""
    size = -(-len(layers) // MOST_GROUPS)
    names = list(layers)
    groups = {}
    for start in range(0, len(names), size or 1):
        taken = names[start : start + size]
        name = taken[0] if len(taken) == 1 else f"{taken[0]} to {taken[-1]}"
        groups[name] = Parts().union(*(layers[each] for each in taken))
    return groups
