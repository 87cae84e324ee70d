"""Runs of equal nodes, each fed by the one before: `repeat: 3`, `first: {strides: 2}`."""

from __future__ import annotations

import re
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
    items, taken_by = scope.items, consumers(scope)
    leaving = {link.item for link in scope.outputs.values()}
    found: list[Item] = []
    start = 0
    while start < len(items):
        end = start + 1
        first: dict[Setting, Any] | None = {}
        while end < len(items) and first is not None:
            before, item = items[end - 1], items[end]
            is_chain = (
                item.inputs == Link(before.number)
                and taken_by[before.number] == [end]
                and before.number not in leaving
                and not {before.number, item.number} & scope.kept
                and _can_repeat(before)
                and (before.kind, before.target) == (item.kind, item.target)
                and _can_repeat(item)
            )
            differing = _first(items[start], item, state) if is_chain else None
            if differing is None or (end > start + 1 and _first(before, item, state) != {}):
                break
            first = differing
            end += 1
        size = end - start
        run = items[start:end]
        is_short = first and (size == 2 or not common_name([item.name for item in run]))
        if size == 1 or is_short or first is None:
            found.append(items[start])
            start += 1
            continue
        found.append(_run(run, first))
        start = end
    return Scope(scope.inputs, tuple(found), scope.outputs, scope.kept)


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
