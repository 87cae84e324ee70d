"""Check the group `model` without importing Keras: names, arguments, wiring, blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import Problem, did_you_mean, unknown_key
from kerascfg.model.wiring import arguments_of, wire
from kerascfg.naming import (
    KINDS,
    REQUIRED_VALUE,
    Found,
    check_arguments,
    check_expressions,
    check_value,
    find,
    is_expression,
)

_MODEL_KEYS = ("inputs", "layers", "outputs", "args", "blocks")
_BLOCK_KEYS = ("inputs", "args", "layers", "outputs")
_INPUT_KEYS = ("shape", "dtype")
_WITHIN = frozenset({"index", "count", "each"})


def check_model(
    model: Any, features: tuple[str, ...] | None = None, path: str = "model"
) -> list[Problem]:
    """Return what is wrong with a model's config.

    Args:
        model: the group `model`.
        features: names of the data's features, where they are known: the inputs of a model that
            states none.
        path: where the model stands in the config.
    """
    if not isinstance(model, Mapping):
        return [Problem(path, f"expected a mapping with `layers`. Received: {model!r}")]
    problems = _unknown_keys(model, _MODEL_KEYS, path, "a key of a model")
    problems += _check_inputs(model.get("inputs"), path)
    arguments, found = _check_args(model.get("args"), f"{path}.args")
    problems += found
    blocks, found = _mappings(model.get("blocks"), f"{path}.blocks")
    problems += found
    for name, block in blocks.items():
        problems += _check_block(block, blocks, arguments, f"{path}.blocks.{name}")
    problems += _recursion(blocks, path)
    stated = model.get("inputs")
    sources = tuple(stated) if isinstance(stated, Mapping) and stated else features
    problems += _check_graph(model, sources, blocks, frozenset(arguments), path)
    return problems


def _check_block(
    block: Mapping[str, Any], blocks: Mapping[str, Any], outer: Mapping[str, Any], path: str
) -> list[Problem]:
    problems = _unknown_keys(block, _BLOCK_KEYS, path, "a key of a block")
    arguments, found = _check_args(block.get("args"), f"{path}.args", required=True)
    names = block.get("inputs") or ["input"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return [
            *problems,
            Problem(f"{path}.inputs", f"expected a list of names. Received: {names}"),
        ]
    graph = _check_graph(block, tuple(names), blocks, frozenset({*arguments, *outer}), path)
    return [*problems, *found, *graph]


def _check_graph(
    graph: Mapping[str, Any],
    sources: tuple[str, ...] | None,
    blocks: Mapping[str, Any],
    names: frozenset[str],
    path: str,
) -> list[Problem]:
    _, problems = wire(graph.get("layers"), sources, graph.get("outputs"), path)
    layers = graph.get("layers")
    if not isinstance(layers, Mapping):
        return problems
    for name in set(layers) & set(sources or ()):
        problems.append(
            Problem(
                f"{path}.layers.{name}",
                f"expected another name: `{name}` is what enters the graph",
            )
        )
    for name, node in layers.items():
        at = f"{path}.layers.{name}"
        if isinstance(node, str):
            node = {"type": node}
        if isinstance(node, Mapping):
            problems += _check_node(node, layers, blocks, names | _WITHIN, at)
    return problems


def _check_node(
    node: Mapping[str, Any],
    layers: Mapping[str, Any],
    blocks: Mapping[str, Any],
    names: frozenset[str],
    path: str,
) -> list[Problem]:
    kinds = [kind for kind in KINDS if kind in node]
    if len(kinds) != 1:
        name = path.rpartition(".")[2]
        meant = did_you_mean(name, [str(other) for other in layers if other != name])
        said = ", ".join(kinds) if kinds else f"only {', '.join(map(str, node)) or 'nothing'}"
        return [
            Problem(
                path,
                f"expected exactly one of type, op, block, share. Received: {said}",
                hint=None
                if kinds
                else f"no file says what {name} is"
                + (f"; did you mean `{meant}`?" if meant else ""),
            )
        ]
    kind, target = kinds[0], node[kinds[0]]
    if target == REQUIRED_VALUE or not isinstance(target, str):
        return [Problem(f"{path}.{kind}", f"expected a name. Received: {target!r}")]
    problems = []
    for key in ("when", "repeat", "each", "call"):
        problems += check_expressions(node.get(key), names, f"{path}.{key}")
    if "first" in node and "repeat" not in node:
        problems.append(Problem(f"{path}.first", "expected `repeat` beside `first`"))
    match kind:
        case "block":
            return problems + _check_block_use(node, blocks, names, path)
        case "share":
            return problems + _check_share(node, layers, path)
        case _:
            area = "layer" if kind == "type" else "op"
            found = find(target, area, f"{path}.{kind}")
            if isinstance(found, Problem):
                return [*problems, found]
            given = frozenset({"name"}) if kind == "type" else _filled(found, node.get("inputs"))
            return problems + check_arguments(
                found, _all_arguments(node), path, names, frozenset(given)
            )


def _all_arguments(node: Mapping[str, Any]) -> dict[str, Any]:
    """Join a node's arguments with those of its first copy and of its branches."""
    each = node.get("each")
    branches = each.values() if isinstance(each, Mapping) else ()
    extra = [part for part in (node.get("first"), *branches) if isinstance(part, Mapping)]
    joined: dict[str, Any] = {}
    for part in (*reversed(extra), arguments_of(node)):
        joined |= part
    return joined


def _filled(found: Found, inputs: Any) -> frozenset[str]:
    """Return the parameters of a function that the node's inputs fill."""
    parameters = list(found.signature.arguments)
    match inputs:
        case Mapping():
            return frozenset(map(str, inputs))
        case list():
            return frozenset(parameters[: len(inputs)])
        case _:
            return frozenset(parameters[:1])


def _check_share(node: Mapping[str, Any], layers: Mapping[str, Any], path: str) -> list[Problem]:
    extra = [key for key in arguments_of(node) if key != "name"]
    problems = [
        unknown_key(path, key, (), "no arguments beside `share`: the layer is made already")
        for key in extra
    ]
    shared = layers.get(node["share"])
    if isinstance(shared, Mapping) and "type" not in shared:
        problems.append(
            Problem(
                f"{path}.share",
                f"expected a node made by `type`. Received: {node['share']}",
            )
        )
    return problems


def _check_block_use(
    node: Mapping[str, Any], blocks: Mapping[str, Any], names: frozenset[str], path: str
) -> list[Problem]:
    name = node["block"]
    if name not in blocks:
        meant = did_you_mean(name, blocks)
        return [
            Problem(
                f"{path}.block",
                f"expected one of the model's blocks ({', '.join(blocks) or 'it has none'}). "
                f"Received: {name}",
                hint=f"did you mean `{meant}`?"
                if meant
                else f"a file conf/block/{name}.yaml comes in by `defaults: "
                f"[/block@blocks.{name}: {name}]` in the model's file",
                fix=f"{path}.block={meant}" if meant else None,
            )
        ]
    known = blocks[name].get("args") or {}
    given = _all_arguments(node)
    problems = []
    for key, value in given.items():
        if key not in known:
            what = f"an argument of the block {name}"
            problems.append(unknown_key(path, str(key), known, what, value))
        else:
            problems += check_value(str(key), value, f"{path}.{key}", names)
    meant = {did_you_mean(str(key), known) for key in given if key not in known}
    return problems + [
        Problem(
            f"{path}.{key}",
            f"the block {name} requires `{key}`, but it is not given",
            fix=f"{path}.{key}=...",
        )
        for key, default in known.items()
        if default == REQUIRED_VALUE and key not in given and key not in meant
    ]


def _check_inputs(inputs: Any, path: str) -> list[Problem]:
    stated, problems = _mappings(inputs, f"{path}.inputs")
    for name, spec in stated.items():
        at = f"{path}.inputs.{name}"
        problems += _unknown_keys(spec, _INPUT_KEYS, at, "a key of an input")
        shape = spec.get("shape")
        if not isinstance(shape, list) or not all(
            size is None or is_expression(size) or (isinstance(size, int) and size > 0)
            for size in shape
        ):
            problems.append(
                Problem(
                    f"{at}.shape",
                    f"expected sizes without the batch, null for any. Received: {shape!r}",
                    fix=f"'{at}.shape=[28,28,1]'",
                )
            )
    return problems


def _check_args(
    args: Any, path: str, required: bool = False
) -> tuple[Mapping[str, Any], list[Problem]]:
    if args is None:
        return {}, []
    if not isinstance(args, Mapping):
        return {}, [Problem(path, f"expected a mapping `name: default`. Received: {args!r}")]
    problems = []
    for name, value in args.items():
        if value != REQUIRED_VALUE or not required:
            problems += check_value(str(name), value, f"{path}.{name}")
    return args, problems


def _mappings(value: Any, path: str) -> tuple[dict[str, Mapping[str, Any]], list[Problem]]:
    """Read a mapping of mappings, leaving out (and reporting) what is none."""
    if value is None:
        return {}, []
    if not isinstance(value, Mapping):
        return {}, [Problem(path, f"expected a mapping by name. Received: {value!r}")]
    good = {str(key): item for key, item in value.items() if isinstance(item, Mapping)}
    return good, [
        Problem(f"{path}.{key}", f"expected a mapping. Received: {item!r}")
        for key, item in value.items()
        if not isinstance(item, Mapping)
    ]


def _unknown_keys(
    given: Mapping[str, Any], known: tuple[str, ...], path: str, what: str
) -> list[Problem]:
    return [unknown_key(path, str(key), known, what) for key in given if key not in known]


def _recursion(blocks: Mapping[str, Mapping[str, Any]], path: str) -> list[Problem]:
    """Find blocks that contain themselves."""
    uses = {
        name: [
            node["block"]
            for node in (block.get("layers") or {}).values()
            if isinstance(node, Mapping) and node.get("block") in blocks
        ]
        if isinstance(block.get("layers"), Mapping)
        else []
        for name, block in blocks.items()
    }
    problems = []
    for name in uses:
        reached, waiting = set(), list(uses[name])
        while waiting:
            other = waiting.pop()
            if other not in reached:
                reached.add(other)
                waiting += uses[other]
        if name in reached:
            problems.append(
                Problem(f"{path}.blocks.{name}", "expected a block that does not contain itself")
            )
    return problems
