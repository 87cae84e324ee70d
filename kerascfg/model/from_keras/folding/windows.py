"""Repeated pieces of the sequences: the places where a block could be called.

A piece can be a block if one output leaves it, that of its last item, and few enter it. Pieces
are alike if they consist of the same layers and functions wired in the same way; the values of
their arguments may differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from kerascfg.model.from_keras.folding.same import MISSING, plain
from kerascfg.model.from_keras.folding.sequence import (
    Item,
    Link,
    Scope,
    consumers,
    links,
    with_links,
)
from kerascfg.model.from_keras.folding.state import State, item_cost

LONGEST = 90
MOST_INPUTS = 3


@dataclass(frozen=True)
class Window:
    """The items `start` to `end` (exclusive) of a graph; `entering` many outputs enter them."""

    scope: str
    start: int
    end: int
    entering: int


@dataclass(frozen=True)
class Alike:
    """Windows of one kind that do not overlap, and at most how much folding them can save."""

    windows: tuple[Window, ...]
    saving: int


class Windows:
    """All windows of a state."""

    def __init__(self, state: State):
        self.state = state
        self.scopes = state.scopes()
        self.shapes = {
            name: [shape_of(item, state) for item in scope.items]
            for name, scope in self.scopes.items()
        }
        self.places = {
            name: {item.number: place for place, item in enumerate(scope.items)}
            for name, scope in self.scopes.items()
        }
        self.costs = {name: _sums(scope) for name, scope in self.scopes.items()}

    @cached_property
    def classes(self) -> list[list[Window]]:
        """Windows by what they are, in the order of their first."""
        kinds: dict[Any, int] = {}
        found: dict[int, list[Window]] = defaultdict(list)
        for name in self.scopes:
            for kind, window in self._of_scope(name, kinds):
                found[kind].append(window)
        return list(found.values())

    @cached_property
    def by_end(self) -> dict[tuple[str, int], list[Window]]:
        """Windows by where they end."""
        found: dict[tuple[str, int], list[Window]] = defaultdict(list)
        for windows in self.classes:
            for window in windows:
                found[window.scope, window.end].append(window)
        return found

    def alike(self) -> list[Alike]:
        """Return the repeated windows, those that may save most first."""
        found = []
        for windows in self.classes:
            if len(windows) > 1 and len(chosen := _apart(windows)) > 1:
                found.append(Alike(tuple(chosen), self._bound(chosen)))
        return sorted((a for a in found if a.saving > 0), key=lambda alike: -alike.saving)

    def inside(self, window: Window) -> tuple[list[Any], tuple[Link, ...]]:
        """Return what each item of a window takes, seen from inside, and what enters it.

        Items of the window are linked by their place in it, what enters it by -1, -2, ...
        """
        place = self.places[window.scope]
        entering: dict[Link, int] = {}

        def seen(link: Link) -> Link:
            if link.item >= 0 and place[link.item] >= window.start:
                return Link(place[link.item] - window.start, link.picks)
            return Link(-1 - entering.setdefault(link, len(entering)))

        items = self.scopes[window.scope].items[window.start : window.end]
        return [with_links(item.inputs, seen) for item in items], tuple(entering)

    def _of_scope(self, name: str, kinds: dict[Any, int]) -> Iterator[tuple[int, Window]]:
        scope, shapes = self.scopes[name], self.shapes[name]
        items = scope.items
        place = self.places[name]
        leaving = {link.item for link in scope.outputs.values()}
        taken_by = consumers(scope)
        last_use = dict.fromkeys(range(-len(scope.inputs), 0), -1)
        for item in items:
            number = item.number
            is_left = number in leaving or not taken_by[number]
            last_use[number] = len(items) if is_left else taken_by[number][-1]
        taken = [list(links(item.inputs)) for item in items]
        forms = [
            ""
            if isinstance(item.inputs, Link)
            else repr(with_links(item.inputs, lambda _: Link(0)))
            for item in items
        ]
        for start in range(len(items)):
            kind, still_open = 0, 0
            entering: dict[Link, int] = {}
            for i in range(start, min(len(items), start + LONGEST)):
                if items[i].number in scope.kept:
                    break
                feeding = []
                for link in taken[i]:
                    inside = place[link.item] - start if link.item >= 0 else -1
                    if inside >= 0:
                        feeding.append((inside, link.picks))
                    else:
                        feeding.append(-1 - entering.setdefault(link, len(entering)))
                if len(entering) > MOST_INPUTS:
                    break
                closed = {place[link.item] for link in taken[i] if last_use[link.item] == i}
                still_open += 1 - sum(j >= start for j in closed)
                token = (kind, shapes[i], forms[i], tuple(feeding))
                kind = kinds.setdefault(token, len(kinds) + 1)
                if still_open == 1 and entering and i > start:
                    yield kind, Window(name, start, i + 1, len(entering))

    def _bound(self, windows: list[Window]) -> int:
        """Return what these windows save at most: no arguments, as few calls as possible."""
        cost = [self.costs[w.scope][w.end] - self.costs[w.scope][w.start] for w in windows]
        runs = sum((a.scope, a.end) != (b.scope, b.start) for a, b in pairwise(windows))
        return sum(cost) - min(cost) - 60 * (runs + 1) - 110


def shape_of(item: Item, state: State) -> tuple[Any, ...]:
    """Return what of an item must be equal where two are to be one item of a block."""
    fixed = sorted(
        (setting, repr(plain(value)) if isinstance(value, dict) else "")
        for setting, value in item.settings.items()
        if isinstance(value, dict) or state.default(item, setting) is MISSING
    )
    return (item.kind, item.target, tuple(fixed))


def _apart(windows: list[Window]) -> list[Window]:
    chosen: list[Window] = []
    for window in windows:
        last = chosen[-1] if chosen else None
        if last is None or last.scope != window.scope or last.end <= window.start:
            chosen.append(window)
    return chosen


def _sums(scope: Scope) -> list[int]:
    sums, default = [0], Link(-1)
    for item in scope.items:
        sums.append(sums[-1] + item_cost(item, item.inputs == default))
        default = Link(item.number)
    return sums


def _form(inputs: Any) -> str:
    """Return what inputs look like, whatever they link to."""
    return "" if isinstance(inputs, Link) else repr(with_links(inputs, lambda _: Link(0)))
