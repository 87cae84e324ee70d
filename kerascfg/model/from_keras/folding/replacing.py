"""Put a block in the place of the windows of a family."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from kerascfg.model.from_keras.folding.family import Family, Use
from kerascfg.model.from_keras.folding.runs import with_runs
from kerascfg.model.from_keras.folding.sequence import Item, Link, Scope, in_order
from kerascfg.model.from_keras.folding.settings import Said, split_settings
from kerascfg.model.from_keras.folding.state import Block, State
from kerascfg.model.from_keras.folding.words import (
    common_name,
    is_automatic,
    name_of_block,
    name_of_slot,
    unique,
    without_prefix,
)


def with_block(state: State, family: Family) -> State | None:
    """Return the state with a new block in place of the family's windows.

    None where the windows differ in what no argument can say.
    """
    prefixes = [prefix_of(use) for use in family.uses]
    names = _slot_names(family, prefixes)
    said = split_settings(family, names, state)
    if said is None:
        return None
    entering = len(family.uses[0].entering)
    inputs = ("input",) if entering == 1 else tuple(f"input_{i + 1}" for i in range(entering))
    items = [
        slot.item(place, names[place], said.slots[place]) for place, slot in enumerate(family.slots)
    ]
    body = Scope(inputs, in_order(items, {"": Link(family.output)}), {})
    taken = (*state.blocks, *state.given)
    block = unique(name_of_block(prefixes, [item.target for item in body.items]), taken)
    blocks = {**state.blocks, block: Block(said.args, body)}
    replaced = replace(state, blocks=blocks)
    for name, scope in _with_calls(replaced, family, said, block, prefixes).items():
        if name:
            blocks[name] = replace(blocks[name], scope=scope)
        else:
            replaced = replace(replaced, main=scope)
    return replaced


def prefix_of(use: Use) -> str:
    """Return the words with which the names of a window's items begin, Keras's own names aside."""
    return common_name(
        [item.name for item in use.items if item and not is_automatic(item.name, item.target)]
    )


def _with_calls(
    state: State, family: Family, said: Said, block: str, prefixes: list[str]
) -> dict[str, Scope]:
    """Return the graphs that had a window, now with a call of the block in its place."""
    calls: dict[str, list[tuple[int, int, Item]]] = defaultdict(list)
    for use, arguments, prefix in zip(family.uses, said.uses, prefixes, strict=True):
        name = prefix or block
        inputs: Any = use.entering[0] if len(use.entering) == 1 else list(use.entering)
        settings = {("argument", key): value for key, value in arguments.items()}
        call = Item(use.leaving, name, "block", block, inputs, settings)
        calls[use.window.scope].append((use.window.start, use.window.end, call))
    changed = {}
    for scope_name, found in calls.items():
        scope = state.scopes()[scope_name]
        items, done = [], 0
        for start, end, call in sorted(found, key=lambda entry: entry[0]):
            items += [*scope.items[done:start], call]
            done = end
        items += scope.items[done:]
        if scope_name:
            items = _named_apart(items)
        changed[scope_name] = with_runs(replace(scope, items=tuple(items)), state)
    return changed


def _named_apart(items: list[Item]) -> list[Item]:
    """Give the nodes of a block names that differ."""
    taken: list[str] = []
    for item in items:
        taken.append(unique(without_prefix(item.name, "") or item.kind, taken))
    return [replace(item, name=name) for item, name in zip(items, taken, strict=True)]


def _slot_names(family: Family, prefixes: list[str]) -> list[str]:
    """Return the names of the block's nodes, in the order of the slots."""
    names: dict[int, str] = {}
    order = in_order([slot.item(i, "", {}) for i, slot in enumerate(family.slots)], {})
    for item in order:
        found = [
            "" if is_automatic(own.name, own.target) else without_prefix(own.name, prefix)
            for use, prefix in zip(family.uses, prefixes, strict=True)
            if (own := use.items[item.number])
        ]
        name = name_of_slot(found, item.target)
        names[item.number] = unique(name, names.values())
    return [names[place] for place in range(len(family.slots))]
