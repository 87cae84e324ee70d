"""From the graph that a person writes to a flat list of nodes: blocks, copies, conditions.

After this there are only layers to make (`type`), functions to call (`op`) and layers to call
again (`share`), in an order in which each finds its inputs made. A block that is shared as a whole
stays together as a `tower`, a model of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.graph import Graph, Inner, Node, Ref, Value, leaves, look_up, resolve
from kerascfg.model.parts import LAYERS, PREPROCESS
from kerascfg.model.scope import (
    TOO_LATE,
    Scope,
    evaluated,
    expect_numbers,
    scope_of,
    sizes_in,
    whole_number,
)
from kerascfg.model.size import MOST_NODES
from kerascfg.model.wiring import Wiring, arguments_of, wire
from kerascfg.naming import CHANNELS, Later, is_expression, kind_of


def expand_model(
    model: Mapping[str, Any],
    inputs: tuple[str, ...],
    facts: Scope,
    path: str = "model",
    *,
    key: str = LAYERS,
    outputs: Any = None,
    entering: Mapping[str, Value] | None = None,
    first: str | None = None,
) -> Graph:
    """Spell out a graph of a model.

    Args:
        model: the config of the model: `layers`, optionally `outputs`, `args`, `blocks`.
        inputs: names of the graph's inputs.
        facts: values of the facts that expressions may use (`data`, `train`, `preprocess`).
        path: where the model stands in the config.
        key: which of the model's graphs.
        outputs: what leaves it, as `wire` takes it; None for what the model states.
        entering: what names stand for at its entrance; None where each input is its own name.
        first: the input that the first node takes; None for the only one.

    Raises:
        ConfigError: the graph is not in the language.
    """
    scope = scope_of(model, facts, path)
    graph = {**model, "outputs": model.get("outputs") if outputs is None else outputs}
    expansion = _Expansion(model.get("blocks") or {}, scope, path)
    values = entering or {name: Ref(name) for name in inputs}
    return expansion.whole(graph, inputs, scope, path, values, key, first)


class _Expansion:
    """The nodes of one model or tower made so far, and the blocks to make them from."""

    def __init__(self, blocks: Mapping[str, Any], scope: Scope, path: str):
        self.blocks = blocks
        self.scope = scope
        self.path = path
        self.nodes: dict[str, Node] = {}
        self.towers: set[str] = set()
        self.copies: Counter[str] = Counter()

    def whole(
        self,
        graph: Mapping[str, Any],
        inputs: tuple[str, ...],
        scope: Scope,
        path: str,
        entering: Mapping[str, Value] | None = None,
        key: str = LAYERS,
        first: str | None = None,
    ) -> Graph:
        """Expand the outermost graph."""
        entering = entering or {name: Ref(name) for name in inputs}
        outputs = self.graph(graph, entering, "", scope, path, key, first)
        flat = {
            f"{name}_{key}" if key else name: ref
            for name, value in outputs.items()
            for key, ref in leaves(value)
        }
        if taken := [node for node in self.nodes.values() if node.name in inputs]:
            raise ConfigError([_name_is_taken(node, "an input") for node in taken])
        leaving = {name: _named(value, name) for name, value in outputs.items()}
        return Graph(inputs, tuple(self.nodes.values()), flat, leaving)

    def graph(
        self,
        graph: Mapping[str, Any],
        entering: Mapping[str, Value],
        prefix: str,
        scope: Scope,
        path: str,
        key: str = LAYERS,
        first: str | None = None,
    ) -> dict[str, Value]:
        """Expand one graph; return its outputs by their local names."""
        wiring, problems = wire(
            graph.get(key), tuple(entering), graph.get("outputs"), path, key=key, first=first
        )
        if wiring is None:
            raise ConfigError(problems)
        env = dict(entering)
        scope = {**scope, CHANNELS: sizes_in(env, path)}
        self.towers |= {prefix + name for name in _shared_blocks(wiring)}
        for name, node in wiring.nodes.items():
            at = f"{path}.{key}.{name}"
            if "share" in node:
                node = {**node, "share": prefix + node["share"]}
            env[name] = self.node(prefix + name, node, wiring.inputs[name], env, scope, at)
        return {
            reference.replace(".", "_"): look_up(reference, env, f"{path}.outputs")
            for reference in wiring.outputs
        }

    def node(
        self,
        name: str,
        node: Mapping[str, Any],
        inputs: Any,
        env: Mapping[str, Value],
        scope: Scope,
        path: str,
    ) -> Value:
        """Expand one node: one copy, or several side by side (`each`)."""
        at = f"{path}.inputs"
        if "each" not in node:
            return self.chain(name, node, resolve(inputs, env, at), scope, path)
        features = {**scope.get("data", {}).get("features", {}), **scope.get(PREPROCESS, {})}
        entering = resolve(inputs, env, at) if "inputs" in node else None
        copies: dict[str, Value] = {}
        for key, (source, arguments) in _each(node["each"], env, scope, f"{path}.each").items():
            own = {**{k: v for k, v in node.items() if k != "each"}, **arguments}
            taken = look_up(source, env, f"{path}.each") if entering is None else entering
            inner = {**scope, "each": {"name": key, **features.get(key, {})}}
            copies[key] = self.chain(self.copy_name(name, key), own, taken, inner, path)
        return copies

    def copy_name(self, name: str, key: str) -> str:
        """Name the layer of a copy; a column's name may hold what TensorFlow's names may not."""
        plain = f"{name}_" + re.sub(r"\W", "_", key, flags=re.ASCII)
        others = self.copies[plain]
        self.copies[plain] += 1
        return f"{plain}__{others}" if others else plain

    def chain(
        self, name: str, node: Mapping[str, Any], inputs: Any, scope: Scope, path: str
    ) -> Value:
        """Expand one copy of a node, `repeat` times one behind the other."""
        if "repeat" not in node:
            return self.single(name, node, inputs, scope, path)
        times = whole_number(node["repeat"], scope, f"{path}.repeat")
        names = input_names(self.blocks[node["block"]]) if "block" in node else inputs
        made: Any = inputs
        for index in range(times):
            inner = {**scope, "index": index, "count": times}
            extra = (node.get("first") or {}) if index == 0 else {}
            taken = made if index == 0 else _replaced(inputs, names, made)
            made = self.single(f"{name}_{index}", {**node, **extra}, taken, inner, path)
        return made

    def single(
        self, name: str, node: Mapping[str, Any], inputs: Any, scope: Scope, path: str
    ) -> Value:
        """Expand a node that is made once."""
        when = evaluated(node.get("when", True), scope, f"{path}.when")
        if not isinstance(when, bool | int | float):
            received = TOO_LATE if isinstance(when, Later) else repr(when)
            message = f"expected true or false. Received: {received}"
            raise ConfigError(Problem(f"{path}.when", message))
        if not when:
            if not isinstance(inputs, Ref):
                message = "expected a single input, to hand it on when false"
                raise ConfigError(Problem(f"{path}.when", message))
            return inputs
        arguments = self.with_models(evaluated(arguments_of(node), scope, path), name, path)
        call = evaluated(node.get("call") or {}, scope, f"{path}.call")
        match kind_of(node):
            case "block" if name in self.towers:
                return self.tower(name, node["block"], arguments, inputs, path)
            case "block":
                return self.block(name, node["block"], arguments, inputs, path)
            case "share":
                return self.share(name, node["share"], inputs, call, path)
            case "op":
                return self.add(Node(name, path, "op", node["op"], arguments, inputs, call))
            case _:
                return self.add(Node(name, path, "type", node["type"], arguments, inputs, call))

    def with_models(self, value: Any, name: str, path: str) -> Any:
        """Replace every block inside a node's arguments by the model that it stands for."""
        if isinstance(value, list):
            return [
                self.with_models(item, f"{name}_{index}", f"{path}.{index}")
                for index, item in enumerate(value)
            ]
        if not isinstance(value, Mapping):
            return value
        arguments = {
            key: self.with_models(item, f"{name}_{key}", f"{path}.{key}")
            for key, item in value.items()
            if key != "block"
        }
        if kind_of(value) != "block":
            return {**value, **arguments}
        expect_numbers(arguments, path)
        block, scope, at = self.open(value["block"], arguments)
        inputs = evaluated(block["inputs"], scope, f"{at}.inputs")
        graph = _Expansion(self.blocks, self.scope, self.path).whole(
            block, tuple(inputs), scope, at
        )
        return Inner(graph, inputs, name, path)

    def add(self, node: Node) -> Value:
        """Add a flat node; return what its name stands for."""
        if node.name in self.nodes:
            other = self.nodes[node.name].path
            raise ConfigError(_name_is_taken(node, f"the node {other}"))
        if len(self.nodes) >= MOST_NODES:  # copies whose number an expression says
            raise ConfigError(Problem(node.path, f"expected at most {MOST_NODES:,} nodes in all"))
        self.nodes[node.name] = node
        outputs = node.tower.outputs if node.tower else {}
        return (
            {key: Ref(node.name, (key,)) for key in outputs} if len(outputs) > 1 else Ref(node.name)
        )

    def block(
        self, name: str, block_name: str, arguments: Mapping[str, Any], inputs: Any, path: str
    ) -> Value:
        """Expand a block in place."""
        entering = _named_inputs(input_names(self.blocks[block_name]), inputs, path)
        block, scope, at = self.open(block_name, arguments, entering)
        outputs = self.graph(block, entering, f"{name}_", scope, at)
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    def tower(
        self, name: str, block_name: str, arguments: Mapping[str, Any], inputs: Any, path: str
    ) -> Value:
        """Expand a block into a model of its own."""
        expect_numbers(arguments, path)
        block, scope, at = self.open(block_name, arguments)
        names = tuple(input_names(block))
        tower = _Expansion(self.blocks, self.scope, self.path).whole(block, names, scope, at)
        entering = list(_named_inputs(names, inputs, path).values())
        return self.add(Node(name, path, "tower", block_name, {}, entering, {}, tower))

    def share(self, name: str, target: str, inputs: Any, call: dict[str, Any], path: str) -> Value:
        """Call a layer or a tower again."""
        shared = self.nodes.get(target)
        if shared is None or shared.kind not in ("type", "tower"):
            message = f"expected a node that makes one layer. Received: {target}"
            raise ConfigError(Problem(f"{path}.share", message))
        if shared.tower:
            inputs = list(_named_inputs(shared.tower.inputs, inputs, path).values())
        return self.add(Node(name, path, "share", target, {}, inputs, call, shared.tower))

    def open(
        self, name: str, arguments: Mapping[str, Any], entering: Mapping[str, Value] | None = None
    ) -> tuple[Mapping[str, Any], Scope, str]:
        """Return a block, the scope in its inside (its arguments hide the model's), its path."""
        block, path = self.blocks[name], f"{self.path}.blocks.{name}"
        scope = {**self.scope, **arguments, CHANNELS: sizes_in(entering or {}, f"{path}.args")}
        for key, default in (block.get("args") or {}).items():
            if key not in arguments:
                scope[key] = evaluated(default, scope, f"{path}.args.{key}")
        return block, scope, path


def input_names(block: Mapping[str, Any]) -> list[str]:
    """Return the names of what enters a block."""
    return list(block.get("inputs") or ["input"])


def _named(value: Value, name: str) -> Value:
    """Return what stands for the flat outputs of a value that leaves a graph."""
    if isinstance(value, Ref):
        return Ref(name)
    return {key: _named(item, f"{name}_{key}") for key, item in value.items()}


def _shared_blocks(wiring: Wiring) -> set[str]:
    """Return the nodes made by `block` that another node shares."""
    shared = {node["share"] for node in wiring.nodes.values() if "share" in node}
    return {name for name in shared if kind_of(wiring.nodes.get(name)) == "block"}


def _name_is_taken(node: Node, by: str) -> Problem:
    return Problem(
        node.path, f"expected a name of its own. Received: {node.name}, which is also {by}"
    )


def _named_inputs(names: Any, inputs: Any, path: str) -> dict[str, Value]:
    match inputs:
        case Mapping():
            given = {name: inputs[name] for name in names if name in inputs}
            fits = len(given) == len(names) == len(inputs)
        case list():
            given = dict(zip(names, inputs, strict=False))
            fits = len(inputs) == len(names)
        case _:
            given, fits = {names[0]: inputs}, len(names) == 1
    if not fits:
        message = f"expected inputs for the block's {', '.join(names)}"
        raise ConfigError(Problem(f"{path}.inputs", message))
    return given


def _replaced(inputs: Any, names: Any, made: Value) -> Any:
    """Return the inputs of the next copy: what was made stands in for the first of `names`."""
    values = list(made.values()) if isinstance(made, dict) else [made]
    match inputs:
        case list():
            return [*values, *inputs[len(values) :]]
        case Mapping():
            return {**inputs, **dict(zip(names, values, strict=False))}
        case _:
            return made


def _each(
    each: Any, env: Mapping[str, Value], scope: Scope, path: str
) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the copies to make: name -> what it takes unless `inputs` says so, its arguments."""
    if is_expression(each):
        each = evaluated(each, scope, path)
        if isinstance(each, Mapping):  # the data's features: names, not arguments
            each = list(each)
        if not isinstance(each, list):
            raise ConfigError(Problem(path, f"expected names. Received: {each!r}"))
    elif isinstance(each, str):
        value = look_up(each, env, path)
        if isinstance(value, dict):
            return {name: (f"{each}.{name}", {}) for name in value}
        each = [each]
    if isinstance(each, list):
        return {str(name): (str(name), {}) for name in each}
    return {str(name): (str(name), dict(arguments or {})) for name, arguments in each.items()}
