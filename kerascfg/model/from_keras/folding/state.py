"""A model on its way from flat to folded, and how long it is as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kerascfg.model.from_keras.folding.same import MISSING, default_of
from kerascfg.model.from_keras.folding.sequence import Item, Link, Scope, Setting, links

_LINE = 30
"""What a line costs beside its characters: a reader counts lines, not characters."""

_WIDTH = 110
"""Longer nodes are written over several lines."""
_ARGUMENT = 40
_FLAG = 150


@dataclass(frozen=True, eq=False)
class Block:
    """A block that was found.

    Attributes:
        args: name -> default (`???` where there is none).
        scope: its graph; its items bear their final names.
    """

    args: dict[str, Any]
    scope: Scope


@dataclass(frozen=True, eq=False)
class State:
    """A model, folded so far.

    Attributes:
        main: the graph of the model.
        blocks: the blocks found, by name.
        given: the blocks that the model had, which stay as they are.
    """

    main: Scope
    blocks: dict[str, Block]
    given: Mapping[str, Any]

    def scopes(self) -> dict[str, Scope]:
        """Return all graphs, the model's under the empty name."""
        return {"": self.main, **{name: block.scope for name, block in self.blocks.items()}}

    def default(self, item: Item, setting: Setting) -> Any:
        """Return what a setting is where an item does not state it, or MISSING."""
        match setting:
            case ("repeat", _):
                return 1
            case ("when", _):
                return True
            case ("argument", key) if item.kind == "block":
                found = self.blocks.get(item.target)
                args = found.args if found else self.given[item.target].get("args") or {}
                return args.get(key, MISSING)
            case ("argument", key):
                return default_of(item.kind, item.target, key)
            case _:
                return MISSING

    def cost(self) -> int:
        """Return about how many characters the YAML has, with some for every line."""
        return scope_cost(self.main) + sum(
            3 * _LINE + 20 + _length(block.args) + _weight(block.args) + scope_cost(block.scope)
            for block in self.blocks.values()
        )


def _weight(args: Mapping[str, Any]) -> int:
    """Return what a block's arguments cost who must understand them; flags cost most."""
    return sum(_FLAG if isinstance(default, bool) else _ARGUMENT for default in args.values())


def scope_cost(scope: Scope) -> int:
    """Return the cost of a graph's nodes."""
    cost, default = 0, Link(-1) if len(scope.inputs) == 1 else None
    for item in scope.items:
        cost += item_cost(item, item.inputs == default)
        default = Link(item.number)
    return cost


def item_cost(item: Item, by_default: bool) -> int:
    """Return the cost of a node, which may take what it takes by default."""
    said = {key or section: value for (section, key), value in item.settings.items()}
    taken = 0 if by_default else 10 + 14 * sum(1 for _ in links(item.inputs))
    length = 24 + len(item.target) + taken + _length(said)
    lines = 1 if length <= _WIDTH else 2 + len(said)
    return lines * _LINE + length


def _length(values: Mapping[str, Any]) -> int:
    return sum(len(key) + len(str(value)) + 4 for key, value in values.items())
