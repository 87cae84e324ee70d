"""Check one node of a graph: what it is, its arguments, and what feeds its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from kerascfg.errors import Problem, did_you_mean, unknown_key
from kerascfg.model.check_block import check_block, check_inner_models
from kerascfg.model.copies import copies_of
from kerascfg.model.weights import check_weights
from kerascfg.model.wiring import RESERVED, arguments_of
from kerascfg.naming import (
    AREAS,
    KINDS,
    REQUIRED_VALUE,
    Found,
    call_signature_of,
    check_arguments,
    check_as_meant,
    check_expressions,
    find,
    is_expression,
)

_KEYS_BY_KIND = {
    "type": ("outputs",),
    "op": ("outputs", "call"),
    "block": ("outputs", "call"),
    "share": ("outputs", "repeat", "first"),
}
"""The reserved keys that mean nothing on a node of that kind."""


def check_use(
    node: Mapping[str, Any],
    layers: Mapping[str, Any],
    blocks: Mapping[str, Any],
    names: frozenset[str],
    path: str,
) -> list[Problem]:
    """Return what is wrong with a node.

    Args:
        node: the node, not in its short form.
        layers: the nodes beside it.
        blocks: the model's blocks.
        names: the names that its expressions may use besides the facts.
        path: where it stands in the config.
    """
    kinds = [kind for kind in KINDS if kind in node]
    if not kinds and "_target_" in node:
        return []  # reported wherever it stands
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
    problems = _check_reserved(node, kind, names, path)
    match kind:
        case "block":
            return problems + check_block(node, layers, blocks, names, path)
        case "share":
            return problems + _check_share(node, layers, path)
        case _:
            area = "layer" if kind == "type" else "op"
            found = find(target, area, f"{path}.{kind}")
            if kind == "type" and isinstance(found, Found):
                if problem := _no_layer(found, f"{path}.type"):
                    return [*problems, problem]
                problems += _check_call(found, node, path)
                problems += _check_tensors(node, layers, path)
            for copy in copies_of(node):
                made = _check_made(found, node, copy.arguments, blocks, names, path)
                problems += (copy.located(problem, path) for problem in made)
            return problems


def _check_made(
    found: Found | Problem,
    node: Mapping[str, Any],
    arguments: dict[str, Any],
    blocks: Mapping[str, Any],
    names: frozenset[str],
    path: str,
) -> list[Problem]:
    """Check what a layer is made with, or a function called with.

    Args:
        found: the layer or function; the problem of its name where there is none.
        node: the node.
        arguments: the arguments of one of its copies.
        blocks: the model's blocks.
        names: the names that its expressions may use besides the facts.
        path: where it stands in the config.
    """
    is_layer = "type" in node
    if isinstance(found, Problem):
        area = "layer" if is_layer else "op"
        return [found, *check_as_meant(found, area, arguments, path, names)]
    misspelled, problems = _misspelled_keys(found, arguments, path)
    given = frozenset({"name"})
    if not is_layer:
        given, too_many = _filled(found, {**node, **arguments}, path)
        problems += too_many
    arguments = {key: value for key, value in arguments.items() if key not in misspelled}
    problems += check_weights(found, arguments, path)
    arguments, inner = check_inner_models(arguments, blocks, names, path)
    return [*problems, *inner, *check_arguments(found, arguments, path, names, given)]


def _check_reserved(
    node: Mapping[str, Any], kind: str, names: frozenset[str], path: str
) -> list[Problem]:
    problems = [
        Problem(f"{path}.{key}", f"expected no `{key}` beside `{kind}`, where it means nothing")
        for key in _KEYS_BY_KIND[kind]
        if key in node
    ]
    for key in ("when", "repeat", "each", "call"):
        problems += check_expressions(node.get(key), names, f"{path}.{key}")
    when, repeat = node.get("when", True), node.get("repeat", 1)
    if not is_expression(when) and not isinstance(when, bool | int | float):
        message = f"expected true, false or an expression. Received: {when!r}"
        problems.append(Problem(f"{path}.when", message, fix=f"{path}.when=true"))
    if not is_expression(repeat) and (type(repeat) is not int or repeat < 1):
        message = f"expected a whole number from 1, or an expression. Received: {repeat!r}"
        problems.append(Problem(f"{path}.repeat", message))
    if "first" in node and "repeat" not in node:
        problems.append(Problem(f"{path}.first", "expected `repeat` beside `first`"))
    for key in ("call", "first"):
        if not isinstance(node.get(key) or {}, Mapping):
            message = f"expected a mapping of arguments. Received: {node[key]!r}"
            problems.append(Problem(f"{path}.{key}", message))
    return problems + _check_each(node.get("each", ""), path)


def _check_each(each: Any, path: str) -> list[Problem]:
    if not isinstance(each, str | list | Mapping):
        message = f"expected names, or a mapping by name. Received: {each!r}"
        return [Problem(f"{path}.each", message)]
    if isinstance(each, list | Mapping) and not each:
        return [Problem(f"{path}.each", f"expected at least one name. Received: {each!r}")]
    return [
        Problem(f"{path}.each.{name}", f"expected a mapping of arguments. Received: {arguments!r}")
        for name, arguments in (each.items() if isinstance(each, Mapping) else ())
        if not isinstance(arguments, Mapping | None)
    ]


_ALWAYS_TAKEN = frozenset({"training", "mask"})
"""What Keras takes at every call, and hands on to a `call` that names it."""


def _no_layer(found: Found, path: str) -> Problem | None:
    """Return the problem of a node made by something of Keras that no tensor passes through."""
    for area in ("optimizer", "loss", "metric", "callback", "initializer", "regularizer"):
        room = AREAS[area][0]
        if f"{found.definition.module.replace('.src.', '.')}.".startswith(f"{room}."):
            message = f"expected a layer. Received: {found}, which is of {room}"
            return Problem(path, message)
    return None


def _misspelled_keys(
    found: Found, arguments: Mapping[str, Any], path: str
) -> tuple[frozenset[str], list[Problem]]:
    """Return the arguments that are misspelled keys of a node, such as `input`."""
    known = found.signature.arguments
    unknown = [str(key) for key in arguments if key not in known and not found.signature.open]
    keys = {}
    for key in unknown:
        # Closely alike: `filters` on a layer that has none is no misspelled `first`.
        near = get_close_matches(key, [*known, *sorted(RESERVED)], n=1, cutoff=0.85)
        if near and near[0] in RESERVED:
            keys[key] = near[0]
    return frozenset(keys), [
        unknown_key(path, key, [name], f"a key of a node or an argument of {found}", arguments[key])
        for key, name in keys.items()
    ]


def _check_call(found: Found, node: Mapping[str, Any], path: str) -> list[Problem]:
    """Check the keywords among a layer's inputs, and its further call arguments."""
    signature = call_signature_of(found.definition)
    if signature is None or signature.open:
        return []
    inputs, called = node.get("inputs"), node.get("call")
    keywords = inputs if isinstance(inputs, Mapping) else {}
    more = called if isinstance(called, Mapping) else {}
    problems, meant = [], set()
    for at, names in (("inputs", keywords), ("call", more)):
        for name in names:
            if name not in signature.arguments and name not in _ALWAYS_TAKEN:
                what = f"an argument of {found}.call"
                meant.add(did_you_mean(str(name), signature.arguments))
                problems.append(
                    unknown_key(f"{path}.{at}", str(name), signature.arguments, what, names[name])
                )
    if keywords:
        missing = set(signature.required) - keywords.keys() - more.keys() - meant
        problems += [
            Problem(f"{path}.inputs.{name}", f"{found}.call requires `{name}`, but it is not given")
            for name in signature.required
            if name in missing
        ]
    return problems


def _check_tensors(node: Mapping[str, Any], layers: Mapping[str, Any], path: str) -> list[Problem]:
    """Refuse the names of nodes in `call`, where they would be texts."""
    called = node.get("call")
    problems = []
    for key, value in called.items() if isinstance(called, Mapping) else ():
        texts = [each for each in _as_list(value) if isinstance(each, str)]
        nodes = [text for text in texts if text.partition(".")[0] in layers]
        if nodes:
            spelled = f"[{', '.join(nodes)}]" if isinstance(value, list) else nodes[0]
            problems.append(
                Problem(
                    f"{path}.call.{key}",
                    f"expected a value that is no tensor. Received: the node {nodes[0]}",
                    hint=f"tensors are inputs, by name: inputs: {{..., {key}: {spelled}}}",
                )
            )
    return problems


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _filled(
    found: Found, node: Mapping[str, Any], path: str
) -> tuple[frozenset[str], list[Problem]]:
    """Return the parameters of a function that its node's inputs fill."""
    signature, inputs = found.signature, node.get("inputs")
    if isinstance(inputs, Mapping):
        unknown = [key for key in inputs if key not in signature.arguments and not signature.open]
        options, what = signature.arguments, f"an argument of {found}"
        problems = [unknown_key(f"{path}.inputs", str(key), options, what) for key in unknown]
        return frozenset(map(str, inputs)), problems
    count = len(inputs) if isinstance(inputs, list) else 1
    free = [name for name in signature.arguments if name not in node]
    if count <= len(free) or signature.variadic or signature.open:
        return frozenset(free[:count]), []
    received = f"{count} inputs beside {', '.join(arguments_of(node)) or 'no argument'}"
    return frozenset(free), [
        Problem(
            f"{path}.inputs",
            f"expected at most {len(free)} inputs for {found} "
            f"({', '.join(signature.arguments)}). Received: {received}",
            hint="one argument that is a list is written [[a, b]]" if count > 1 else None,
        )
    ]


def _check_share(node: Mapping[str, Any], layers: Mapping[str, Any], path: str) -> list[Problem]:
    problems = [
        unknown_key(path, key, (), "no arguments beside `share`: the layer is made already")
        for key in arguments_of(node)
    ]
    shared = layers.get(node["share"])
    if isinstance(shared, Mapping) and not {"type", "block"} & shared.keys():
        message = f"expected a node made by `type` or `block`. Received: {node['share']}"
        problems.append(Problem(f"{path}.share", message))
    if isinstance(shared, Mapping) and (several := {"repeat", "each"} & shared.keys()):
        message = (
            f"expected a node that is made once. Received: {node['share']}, which has "
            f"`{', '.join(sorted(several))}`"
        )
        problems.append(Problem(f"{path}.share", message))
    return problems
