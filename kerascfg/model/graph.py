"""What a spelled-out graph is made of: flat nodes, and the values that their names stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kerascfg.errors import ConfigError, Problem, did_you_mean


@dataclass(frozen=True)
class Ref:
    """The output of a flat node or an input, and what is picked from it (`encoder.1`)."""

    node: str
    picks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inner:
    """A block as an argument: a model of its own, made before the layer that takes it.

    Attributes:
        graph: what it consists of.
        inputs: input -> its `shape` and `dtype`.
        name: name of the model.
        path: where it stands in the config.
    """

    graph: Graph
    inputs: Mapping[str, Any]
    name: str
    path: str


Value = Ref | dict[str, "Value"]
"""What a name stands for: one output, or several by name (copies made by `each`)."""


@dataclass(frozen=True)
class Node:
    """One layer to make and call, one function to call, or one layer to call again.

    Attributes:
        name: name in the built model, unique there; blocks prefix it.
        path: where it stands in the config.
        kind: `type`, `op` or `share`; `tower` for a block that is shared as a whole.
        target: the name of the class or function, or of the flat node whose layer is called again.
        arguments: arguments of the constructor or function, without expressions; inside them, a
            `Later` is a number that depends on sizes, an `Inner` a model to be made first.
        inputs: a `Ref`, a number, or lists and mappings of them.
        call: further call arguments that are no tensors.
        tower: what a `tower` consists of.
    """

    name: str
    path: str
    kind: Literal["type", "op", "share", "tower"]
    target: str
    arguments: dict[str, Any]
    inputs: Any
    call: dict[str, Any]
    tower: Graph | None = None


@dataclass(frozen=True)
class Graph:
    """A graph spelled out.

    Attributes:
        inputs: their names.
        nodes: in order.
        outputs: by name; several by the same node or block are `node_key`.
        leaving: what the names that leave it stand for among the outputs.
    """

    inputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    outputs: dict[str, Ref]
    leaving: dict[str, Value] = field(default_factory=dict, compare=False)


def refs(inputs: Any) -> Iterator[Ref]:
    """Yield every reference inside a node's inputs."""
    match inputs:
        case Ref():
            yield inputs
        case list():
            for item in inputs:
                yield from refs(item)
        case Mapping():
            for item in inputs.values():
                yield from refs(item)


def leaves(value: Value, prefix: str = "") -> list[tuple[str, Ref]]:
    """Return the outputs inside a value with their joined names."""
    if isinstance(value, Ref):
        return [(prefix, value)]
    return [
        leaf
        for key, item in value.items()
        for leaf in leaves(item, f"{prefix}_{key}" if prefix else key)
    ]


def look_up(reference: str, env: Mapping[str, Value], path: str) -> Value:
    """Return what a name, with what is picked from it, stands for.

    Raises:
        ConfigError: nothing bears that name.
    """
    base, *picks = [reference] if reference in env else reference.split(".")
    if base not in env:
        raise ConfigError(_nothing(base, env, path))
    value = env[base]
    for pick in picks:
        if isinstance(value, Ref):
            value = Ref(value.node, (*value.picks, pick))
        elif pick in value:
            value = value[pick]
        else:
            raise ConfigError(_nothing(pick, value, path))
    return value


def resolve(inputs: Any, env: Mapping[str, Value], path: str) -> Any:
    """Replace the names in an `inputs` entry by what they stand for."""
    match inputs:
        case str():
            return look_up(inputs, env, path)
        case list():
            items: list[Any] = []
            for item in inputs:
                value = resolve(item, env, path)
                spread = isinstance(item, str) and isinstance(value, dict)
                items += [ref for _, ref in leaves(value)] if spread else [value]
            return items
        case Mapping():
            return {key: resolve(item, env, path) for key, item in inputs.items()}
        case _:
            return inputs


def _nothing(name: str, known: Mapping[str, Any], path: str) -> Problem:
    meant = did_you_mean(name, known)
    return Problem(
        path,
        f"expected one of {', '.join(known)}. Received: {name}",
        hint=f"did you mean `{meant}`?" if meant else None,
    )
