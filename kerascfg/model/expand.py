"""From the graph that a person writes to a flat list of nodes: blocks, copies, conditions.

After this there are only layers to make (`type`), functions to call (`op`) and layers to call
again (`share`), in an order in which each finds its inputs made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.wiring import arguments_of, base_of, wire
from kerascfg.naming import ExpressionError, evaluate, is_expression, kind_of, substitute


@dataclass(frozen=True)
class Ref:
    """The output of a flat node or an input, and what is picked from it (`encoder.1`)."""

    node: str
    picks: tuple[str, ...] = ()


Value = Ref | dict[str, "Value"]
"""What a name stands for: one output, or several by name (copies made by `each`)."""


@dataclass(frozen=True)
class Node:
    """One layer to make and call, one function to call, or one layer to call again.

    Attributes:
        name: name in the built model, unique; blocks prefix it.
        path: where it stands in the config.
        kind: `type`, `op` or `share`.
        target: the name of the class or function, or of the flat node whose layer is called again.
        arguments: arguments of the constructor or function, without expressions.
        inputs: a `Ref`, a number, or lists and mappings of them.
        call: further call arguments that are no tensors.
    """

    name: str
    path: str
    kind: Literal["type", "op", "share"]
    target: str
    arguments: dict[str, Any]
    inputs: Any
    call: dict[str, Any]


@dataclass(frozen=True)
class Graph:
    """A model spelled out: its nodes in order, and its outputs by name."""

    nodes: tuple[Node, ...]
    outputs: dict[str, Ref]


def expand_model(
    model: Mapping[str, Any], inputs: tuple[str, ...], facts: Mapping[str, Any], path: str = "model"
) -> Graph:
    """Spell out a model.

    Args:
        model: the config of the model: `layers`, optionally `outputs`, `args`, `blocks`.
        inputs: names of the model's inputs.
        facts: values of the facts that expressions may use (`data`, `train`).
        path: where the model stands in the config.

    Raises:
        ConfigError: the graph is not in the language.
    """
    expansion = _Expansion(model.get("blocks") or {}, path)
    scope = {**facts, **_evaluated(model.get("args") or {}, facts, f"{path}.args")}
    entering: dict[str, Value] = {name: Ref(name) for name in inputs}
    outputs = expansion.graph(model, entering, "", scope, path)
    flat: dict[str, Ref] = {}
    for name, value in outputs.items():
        if isinstance(value, Ref):
            flat[name] = value
        else:
            flat |= {f"{name}_{key}": ref for key, ref in _leaves(value)}
    return Graph(tuple(expansion.nodes), flat)


def _leaves(value: Value, prefix: str = "") -> list[tuple[str, Ref]]:
    if isinstance(value, Ref):
        return [(prefix, value)]
    return [
        leaf
        for key, item in value.items()
        for leaf in _leaves(item, f"{prefix}_{key}" if prefix else key)
    ]


class _Expansion:
    """The nodes made so far, and the blocks to make them from."""

    def __init__(self, blocks: Mapping[str, Any], path: str):
        self.blocks = blocks
        self.path = path
        self.nodes: list[Node] = []

    def graph(
        self,
        graph: Mapping[str, Any],
        entering: dict[str, Value],
        prefix: str,
        scope: Mapping[str, Any],
        path: str,
    ) -> dict[str, Value]:
        """Expand one graph; return its outputs by their local names."""
        wiring, problems = wire(graph.get("layers"), tuple(entering), graph.get("outputs"), path)
        if wiring is None:
            raise ConfigError(problems)
        env = dict(entering)
        for name, node in wiring.nodes.items():
            at = f"{path}.layers.{name}"
            env[name] = self.node(name, node, wiring.inputs[name], env, prefix, scope, at)
        return {
            reference.replace(".", "_"): _look_up(reference, env, f"{path}.outputs")
            for reference in wiring.outputs
        }

    def node(
        self,
        name: str,
        node: Mapping[str, Any],
        inputs: Any,
        env: Mapping[str, Value],
        prefix: str,
        scope: Mapping[str, Any],
        path: str,
    ) -> Value:
        """Expand one node: one copy, or several side by side (`each`)."""
        if "each" not in node:
            return self.chain(prefix + name, node, _resolve(inputs, env, path), scope, env, path)
        copies: dict[str, Value] = {}
        for key, arguments in _each(node["each"], env, scope, path).items():
            described = scope.get("data", {}).get("features", {}).get(key, {})
            own = {**{k: v for k, v in node.items() if k != "each"}, **arguments}
            taken = _resolve(inputs if "inputs" in node else _each_input(node, key), env, path)
            inner = {**scope, "each": {"name": key, **described}}
            copies[key] = self.chain(f"{prefix}{name}_{key}", own, taken, inner, env, path)
        return copies

    def chain(
        self,
        name: str,
        node: Mapping[str, Any],
        inputs: Any,
        scope: Mapping[str, Any],
        env: Mapping[str, Value],
        path: str,
    ) -> Value:
        """Expand one copy of a node, `repeat` times one behind the other."""
        if "repeat" not in node:
            return self.single(name, node, inputs, scope, env, path)
        count = _whole(node["repeat"], scope, f"{path}.repeat")
        value: Any = inputs
        for index in range(count):
            inner = {**scope, "index": index, "count": count}
            extra = (node.get("first") or {}) if index == 0 else {}
            made = self.single(f"{name}_{index}", {**node, **extra}, value, inner, env, path)
            value = _replace_first(value, made) if index < count - 1 else made
        return value

    def single(
        self,
        name: str,
        node: Mapping[str, Any],
        inputs: Any,
        scope: Mapping[str, Any],
        env: Mapping[str, Value],
        path: str,
    ) -> Value:
        """Expand a node that is made once."""
        if "when" in node and not _evaluated(node["when"], scope, f"{path}.when"):
            if not isinstance(inputs, Ref):
                raise ConfigError(
                    Problem(f"{path}.when", "expected a single input, to hand it on when false")
                )
            return inputs
        kind = kind_of(node)
        arguments = _evaluated(arguments_of(node), scope, path)
        if kind == "block":
            return self.block(name, node["block"], arguments, inputs, scope, path)
        target = node[kind or "type"]
        if kind == "share":
            shared = _look_up(target, env, f"{path}.share")
            target = shared.node if isinstance(shared, Ref) else target
        call = _evaluated(node.get("call") or {}, scope, f"{path}.call")
        assert kind in ("type", "op", "share")
        self.nodes.append(Node(name, path, kind, target, arguments, inputs, call))
        return Ref(name)

    def block(
        self,
        name: str,
        block_name: str,
        arguments: Mapping[str, Any],
        inputs: Any,
        scope: Mapping[str, Any],
        path: str,
    ) -> Value:
        """Expand a block in place, its own arguments hiding the model's."""
        block = self.blocks[block_name]
        at = f"{self.path}.blocks.{block_name}"
        names = block.get("inputs") or ["input"]
        entering = _named_inputs(names, inputs, path)
        inner = {k: v for k, v in scope.items() if k not in ("index", "count", "each")}
        outputs = self.graph(
            block, entering, f"{name}_", {**inner, **(block.get("args") or {}), **arguments}, at
        )
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs


def _named_inputs(names: list[str], inputs: Any, path: str) -> dict[str, Value]:
    match inputs:
        case Mapping() if not isinstance(inputs, Ref):
            given = dict(inputs)
        case list():
            given = dict(zip(names, inputs, strict=False))
            if len(inputs) != len(names):
                given = {}
        case _:
            given = {names[0]: inputs}
    if set(given) != set(names):
        raise ConfigError(
            Problem(f"{path}.inputs", f"expected inputs for the block's {', '.join(names)}")
        )
    return given


def _replace_first(inputs: Any, made: Value) -> Any:
    match inputs:
        case list():
            return [made, *inputs[1:]]
        case Mapping():
            return {**inputs, next(iter(inputs)): made}
        case _:
            return made


def _each(
    each: Any, env: Mapping[str, Value], scope: Mapping[str, Any], path: str
) -> dict[str, dict[str, Any]]:
    """Return the copies to make: name -> further arguments."""
    if is_expression(each):
        each = list(_evaluated(each, scope, f"{path}.each"))
    if isinstance(each, str):
        value = _look_up(each, env, f"{path}.each")
        each = [each] if isinstance(value, Ref) else list(value)
    if isinstance(each, list):
        return {str(name): {} for name in each}
    return {str(name): dict(arguments or {}) for name, arguments in each.items()}


def _each_input(node: Mapping[str, Any], key: str) -> str:
    each = node["each"]
    whole = isinstance(each, str) and not is_expression(each) and each != key
    return f"{each}.{key}" if whole else key


def _resolve(inputs: Any, env: Mapping[str, Value], path: str) -> Any:
    """Replace the names in an `inputs` entry by what they stand for."""
    match inputs:
        case str():
            return _look_up(inputs, env, f"{path}.inputs")
        case list():
            items: list[Any] = []
            for item in inputs:
                value = _resolve(item, env, path)
                spread = isinstance(item, str) and isinstance(value, dict)
                items += [ref for _, ref in _leaves(value)] if spread else [value]
            return items
        case Mapping():
            return {key: _resolve(item, env, path) for key, item in inputs.items()}
        case _:
            return inputs


def _look_up(reference: str, env: Mapping[str, Value], path: str) -> Value:
    value = env[base_of(reference)]
    for pick in reference.split(".")[1:]:
        if isinstance(value, Ref):
            value = Ref(value.node, (*value.picks, pick))
        elif pick in value:
            value = value[pick]
        else:
            raise ConfigError(
                Problem(path, f"expected one of {', '.join(value)}. Received: {reference}")
            )
    return value


def _evaluated(value: Any, scope: Mapping[str, Any], path: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _evaluated(item, scope, f"{path}.{key}") for key, item in value.items()}
    try:
        return evaluate(value, scope) if is_expression(value) else substitute(value, scope)
    except ExpressionError as error:
        raise ConfigError(Problem(path, str(error))) from error


def _whole(value: Any, scope: Mapping[str, Any], path: str) -> int:
    count = _evaluated(value, scope, path)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ConfigError(Problem(path, f"expected a whole number from 1. Received: {count!r}"))
    return count
