"""What a block says itself, and what each of its uses must tell it.

Settings that are equal in all uses stay in the block. Those that differ become its arguments: one
for all that always agree, an expression for those in a constant ratio to another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kerascfg.model.from_keras.folding.family import Family
from kerascfg.model.from_keras.folding.same import MISSING, plain
from kerascfg.model.from_keras.folding.sequence import WHEN, Link, Setting, links
from kerascfg.model.from_keras.folding.state import State
from kerascfg.model.from_keras.folding.words import unique
from kerascfg.naming import REQUIRED_VALUE, is_expression
from kerascfg.naming.expressions import names_in

_ANY: Any = object()
"""Stands for a setting of a node that a use has not: whatever the others say will do."""
_LARGEST_RATIO = 64
_MOST_FLAGS = 2


@dataclass
class _Argument:
    name: str
    values: list[Any]


@dataclass(frozen=True)
class Said:
    """Who says what.

    Attributes:
        args: the block's arguments with their defaults.
        slots: for each slot its settings inside the block.
        uses: for each use the arguments it states.
    """

    args: dict[str, Any] = field(default_factory=dict)
    slots: list[dict[Setting, Any]] = field(default_factory=list)
    uses: list[dict[str, Any]] = field(default_factory=list)


def split_settings(family: Family, names: Sequence[str], state: State) -> Said | None:
    """Tell a block's own settings from its arguments; None where that cannot be done.

    Args:
        family: the slots and their uses.
        names: the names of the slots.
        state: what the uses stand in.
    """
    arguments: list[_Argument] = []
    slots: list[dict[Setting, Any]] = []
    for place in range(len(family.slots)):
        items = [use.items[place] for use in family.uses]
        stated = dict.fromkeys(key for item in items if item for key in item.settings)
        settings: dict[Setting, Any] = {}
        for setting in stated:
            values = [
                _ANY if item is None else item.settings.get(setting, state.default(item, setting))
                for item in items
            ]
            if any(value is MISSING for value in values):
                return None
            known = {repr(plain(value)): value for value in values if value is not _ANY}
            constant = len(known) == 1 and not _holds_name(only := next(iter(known.values())))
            if constant:
                settings[setting] = only
            elif any(_holds_name(v) and not is_expression(v) for v in known.values()):
                return None
            else:
                settings[setting] = _as_argument(setting, values, names[place], arguments)
        present = [item is not None for item in items]
        if not all(present):
            if WHEN in settings:
                return None
            flag = _flag_name(family, place, names)
            settings[WHEN] = _as_argument(("argument", flag), present, names[place], arguments)
        slots.append(settings)
    if len({argument.name for argument in arguments}) < len(arguments):
        return None
    if sum(isinstance(argument.values[0], bool) for argument in arguments) > _MOST_FLAGS:
        return None
    args, uses = {}, [{} for _ in family.uses]
    for argument in arguments:
        default = _default(argument.values)
        if default == REQUIRED_VALUE and _ANY in argument.values:
            return None
        args[argument.name] = default
        for use, value in zip(uses, argument.values, strict=True):
            if value is not _ANY and repr(plain(value)) != repr(plain(default)):
                use[argument.name] = value
    required = {name: default for name, default in args.items() if default == REQUIRED_VALUE}
    return Said({**required, **args}, slots, uses)


def _as_argument(setting: Setting, values: list[Any], node: str, arguments: list[_Argument]) -> str:
    """Return the expression for values that differ, adding an argument where none fits."""
    key = setting[1] or {"repeat": "times", "when": "present"}[setting[0]]
    distinct = len({repr(plain(value)) for value in values if value is not _ANY})
    for argument in arguments:
        alike = argument.name == key or argument.name.endswith(f"_{key}")
        if (alike or distinct > 2) and _agree(argument.values, values):
            argument.values = [
                b if a is _ANY else a for a, b in zip(argument.values, values, strict=True)
            ]
            return f"${argument.name}"
    for argument in arguments:
        if expression := _ratio(argument, values):
            return expression
    taken = [argument.name for argument in arguments]
    name = unique(key if key not in taken else f"{node}_{key}", taken)
    arguments.append(_Argument(name, values))
    return f"${name}"


def _agree(a: list[Any], b: list[Any]) -> bool:
    both = [(x, y) for x, y in zip(a, b, strict=True) if x is not _ANY and y is not _ANY]
    return bool(both) and all(repr(plain(x)) == repr(plain(y)) for x, y in both)


def _ratio(argument: _Argument, values: list[Any]) -> str | None:
    """Return `$(4 * x)` or `$(x // 4)` where that is what the values are."""
    known = [v for v in (*argument.values, *values) if v is not _ANY]
    if not all(type(v) is int and v > 0 for v in known):
        return None
    pairs = {
        (x, y)
        for x, y in zip(argument.values, values, strict=True)
        if x is not _ANY and y is not _ANY
    }
    if len({x for x, _ in pairs}) < 2 or any(value is _ANY for value in argument.values):
        return None
    x, y = next(iter(pairs))
    if y % x == 0 and y // x <= _LARGEST_RATIO and all(b == y // x * a for a, b in pairs):
        return f"$({y // x} * {argument.name})"
    if x % y == 0 and x // y <= _LARGEST_RATIO and all(a == x // y * b for a, b in pairs):
        return f"$({argument.name} // {x // y})"
    return None


def _default(values: list[Any]) -> Any:
    """Return the value of most uses, or `???`."""
    known = [value for value in values if value is not _ANY]
    counted = Counter(repr(plain(value)) for value in known)
    text, count = counted.most_common(1)[0]
    value = next(value for value in known if repr(plain(value)) == text)
    is_needed = len(known) == len(values)
    if _holds_name(value):
        return REQUIRED_VALUE
    return REQUIRED_VALUE if is_needed and 2 * count <= len(known) else value


def _holds_name(value: Any) -> bool:
    """Tell whether a value has a meaning only where it stands: an expression with a name in it."""
    match value:
        case list():
            return any(map(_holds_name, value))
        case dict():
            return any(map(_holds_name, value.values()))
        case _:
            return is_expression(value) and bool(names_in(value))


def _flag_name(family: Family, place: int, names: Sequence[str]) -> str:
    """Return the name of what says that an optional node is there."""
    waiting, seen = [place], {place}
    while waiting:
        number = waiting.pop()
        for other, slot in enumerate(family.slots):
            if other not in seen and any(link.item == number for link in links(slot.inputs)):
                optional = any(use.items[other] is None for use in family.uses)
                if not optional and not isinstance(slot.inputs, Link):
                    return "project"
                if optional:
                    seen.add(other)
                    waiting.append(other)
    return f"with_{names[place]}"
