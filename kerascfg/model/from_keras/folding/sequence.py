"""A graph as a sequence of items: the form in which repeated parts can be found.

Items refer to each other by number. An item that stands for several others (a call of a block, a
repeated node) keeps the number of the last of them, so that whoever takes its output is unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kerascfg.model.wiring import Wiring, arguments_of
from kerascfg.naming import kind_of

Setting = tuple[str, str]
"""What of a node may differ between two alike: section and key.

The section is `argument`, `call`, `first`, `repeat` or `when`; the last two have no keys.
"""
REPEAT: Setting = ("repeat", "")
WHEN: Setting = ("when", "")


@dataclass(frozen=True)
class Link:
    """The output of an item, and what is picked from it."""

    item: int
    picks: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Item:
    """One node.

    Attributes:
        number: what links to it name.
        name: what it is called; unique in blocks, a wish elsewhere.
        kind: `type`, `op`, `block` or `share`.
        target: name of the class, function or block; of the shared node for `share`.
        inputs: a `Link`, a constant, or lists and mappings of them.
        settings: what was said of it.
    """

    number: int
    name: str
    kind: str
    target: str
    inputs: Any
    settings: Mapping[Setting, Any]


@dataclass(frozen=True, eq=False)
class Scope:
    """The graph of a model or block.

    Attributes:
        inputs: names of what enters it; the links to them are numbered -1, -2, ...
        items: its nodes, each after those that feed it.
        outputs: what leaves it, by the name that was stated; empty where that is its last item.
        kept: items that stay as they are: others share them, or they leave the model by name.
    """

    inputs: tuple[str, ...]
    items: tuple[Item, ...]
    outputs: dict[str, Link]
    kept: frozenset[int] = frozenset()


def links(inputs: Any) -> Iterator[Link]:
    """Yield every link in an item's inputs."""
    match inputs:
        case Link():
            yield inputs
        case list():
            for item in inputs:
                yield from links(item)
        case Mapping():
            for item in inputs.values():
                yield from links(item)


def with_links(inputs: Any, changed: Callable[[Link], Any]) -> Any:
    """Return inputs with every link replaced."""
    match inputs:
        case Link():
            return changed(inputs)
        case list():
            return [with_links(item, changed) for item in inputs]
        case Mapping():
            return {key: with_links(item, changed) for key, item in inputs.items()}
        case _:
            return inputs


def read_scope(wiring: Wiring, inputs: tuple[str, ...], outputs_stated: bool) -> Scope:
    """Make a sequence of a graph that has been put in order."""
    numbers = {name: -place for place, name in enumerate(inputs, 1)}
    numbers |= {name: place for place, name in enumerate(wiring.nodes)}

    def linked(value: Any) -> Any:
        match value:
            case str():
                return _link(value, numbers)
            case list():
                return [linked(item) for item in value]
            case Mapping():
                return {key: linked(item) for key, item in value.items()}
            case _:
                return value

    items, kept = [], set()
    for name, node in wiring.nodes.items():
        kind = kind_of(node)
        assert kind is not None, f"{name} is no node: {node}"
        settings = {("argument", key): value for key, value in arguments_of(node).items()}
        for section in ("call", "first"):
            settings |= {(section, key): value for key, value in node.get(section, {}).items()}
        settings |= {(key, ""): node[key] for key in ("repeat", "when") if key in node}
        if kind == "share":
            kept |= {numbers[name], numbers[node["share"]]}
        taken = linked(wiring.inputs[name])
        items.append(Item(numbers[name], name, kind, node[kind], taken, settings))
    leaving = {name: _link(name, numbers) for name in wiring.outputs}
    if len(leaving) > 1:
        kept |= {link.item for link in leaving.values()}
    stated = leaving if outputs_stated or len(leaving) > 1 else {}
    return Scope(inputs, in_order(items, stated), stated, frozenset(kept))


def _link(reference: str, numbers: Mapping[str, int]) -> Link:
    base, *picks = [reference] if reference in numbers else reference.split(".")
    return Link(numbers[base], tuple(picks))


def in_order(items: list[Item], outputs: Mapping[str, Link]) -> tuple[Item, ...]:
    """Sort topologically so that what belongs together stands together.

    An item follows what feeds it, the longest way first: the main path of a residual unit, then
    its shortcut, then the addition. So alike parts of a graph become alike pieces of the sequence.
    """
    by_number = {item.number: item for item in items}
    by_name = {item.name: item.number for item in items}
    feeding = {}
    for item in items:
        found = [link.item for link in links(item.inputs) if link.item in by_number]
        feeding[item.number] = found + ([by_name[item.target]] if item.kind == "share" else [])
    depth = _depths(feeding)
    consumed = {number for found in feeding.values() for number in found}
    ends = [number for number in by_number if number not in consumed]
    leaving = [link.item for link in outputs.values() if link.item in by_number]
    order: dict[int, None] = {}
    waiting = [(number, False) for number in reversed([*leaving, *ends])]
    while waiting:
        number, is_ready = waiting.pop()
        if number in order:
            continue
        if is_ready:
            order[number] = None
            continue
        waiting.append((number, True))
        first_deepest = sorted(dict.fromkeys(feeding[number]), key=lambda other: -depth[other])
        waiting += [(other, False) for other in reversed(first_deepest)]
    return tuple(by_number[number] for number in order)


def _depths(feeding: Mapping[int, list[int]]) -> dict[int, int]:
    depth: dict[int, int] = {}
    for start in feeding:
        waiting = [start]
        while waiting:
            missing = [other for other in feeding[waiting[-1]] if other not in depth]
            if missing:
                waiting += missing
            else:
                number = waiting.pop()
                depth[number] = 1 + max((depth[other] for other in feeding[number]), default=0)
    return depth


def consumers(scope: Scope) -> dict[int, list[int]]:
    """Return for every item the places in the sequence of those that take its output."""
    found: dict[int, list[int]] = {item.number: [] for item in scope.items}
    for place, item in enumerate(scope.items):
        for number in dict.fromkeys(link.item for link in links(item.inputs)):
            if number >= 0:
                found[number].append(place)
    return found


def write_scope(scope: Scope, names: Mapping[int, str]) -> dict[str, Any]:
    """Return the `layers` of a graph.

    Args:
        scope: the graph.
        names: names of its items.
    """
    by_name = {item.name: item.number for item in scope.items}
    written: dict[str, Any] = {}
    default = Link(-1) if len(scope.inputs) == 1 else None
    for item in scope.items:
        target = names[by_name[item.target]] if item.kind == "share" else item.target
        node: dict[str, Any] = {item.kind: target}
        if item.inputs != default:
            node["inputs"] = with_links(item.inputs, lambda link: _written(link, scope, names))
        for (section, key), value in item.settings.items():
            match section:
                case "argument":
                    node[key] = value
                case "call" | "first":
                    node[section] = {**node.get(section, {}), key: value}
                case "repeat" | "when":
                    node[section] = value
        written[names[item.number]] = node["type"] if list(node) == ["type"] else node
        default = Link(item.number)
    return written


def _written(link: Link, scope: Scope, names: Mapping[int, str]) -> str:
    base = scope.inputs[-1 - link.item] if link.item < 0 else names[link.item]
    return ".".join([base, *link.picks])
