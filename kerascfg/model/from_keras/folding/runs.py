"""Runs of equal nodes, each fed by the one before: `repeat: 3`, `first: {strides: 2}`."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

from kerascfg.model.from_keras.folding.same import MISSING, plain
from kerascfg.model.from_keras.folding.sequence import (
    REPEAT,
    Item,
    Link,
    Scope,
    Setting,
    consumers,
)
from kerascfg.model.from_keras.folding.state import State
from kerascfg.model.from_keras.folding.words import common_name


def with_runs(scope: Scope, state: State) -> Scope:
    """Return a graph whose runs of equal nodes are one node each."""
    items, is_fed = scope.items, _fed_by_the_one_before(scope)
    found: list[Item] = []
    start = 0
    while start < len(items):
        end, first = start + 1, {}
        while end < len(items) and is_fed[end]:
            differing = _first(items[start], items[end], state)
            if differing is None or (end > start + 1 and _first(items[end - 1], items[end], state)):
                break
            end, first = end + 1, differing
        run = items[start:end]
        is_worth_it = not first or (len(run) > 2 and common_name([item.name for item in run]))
        if len(run) > 1 and is_worth_it:
            found.append(_run(run, first))
        else:
            found.append(items[start])
            end = start + 1
        start = end
    return replace(scope, items=tuple(found))


def _fed_by_the_one_before(scope: Scope) -> list[bool]:
    """Tell of each item whether it may continue a run: like the one before, whose only taker it is.

    What is in a run has no name of its own, so nothing else may take it.
    """
    taken_by = consumers(scope)
    held = scope.kept | {link.item for link in scope.outputs.values()}
    return [False] * bool(scope.items) + [
        item.inputs == Link(before.number)
        and taken_by[before.number] == [place]
        and before.number not in held
        and item.number not in scope.kept
        and (before.kind, before.target) == (item.kind, item.target)
        and _can_repeat(before)
        and _can_repeat(item)
        for place, (before, item) in enumerate(pairwise(scope.items), 1)
    ]


def _can_repeat(item: Item) -> bool:
    return item.kind != "share" and not {s for s in item.settings if s[0] in ("first", "repeat")}


def _first(first: Item, other: Item, state: State) -> dict[Setting, Any] | None:
    """Return what the first of a run says otherwise; None where it cannot be said."""
    said = {}
    for setting in {**first.settings, **other.settings}:
        ours, theirs = (
            item.settings.get(setting, state.default(item, setting)) for item in (first, other)
        )
        if repr(plain(ours)) == repr(plain(theirs)):
            continue
        if ours is MISSING or setting[0] != "argument" or first.kind != "block":
            return None
        said["first", setting[1]] = ours
    return said


def _run(run: tuple[Item, ...], first: dict[Setting, Any]) -> Item:
    names = [item.name for item in run]
    name = common_name(names) or common_name([re.sub(r"\d+$", "", name) for name in names])
    name = name or run[0].name
    settings = {**run[-1].settings, REPEAT: len(run), **first}
    return Item(run[-1].number, name, run[0].kind, run[0].target, run[0].inputs, settings)
