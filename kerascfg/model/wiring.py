"""Which node feeds which: the rules of inputs, order and outputs within one graph.

A graph is a mapping `name: node`, of a model or of a block. What is said here holds for both, and
serves the check (which reports the problems) and the build (which trusts the result).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kerascfg.errors import Problem, did_you_mean, override
from kerascfg.naming import is_expression, nodes_in

RESERVED = frozenset(
    {
        *("type", "op", "block", "share"),
        *("inputs", "outputs", "call", "repeat", "first", "each", "when", "after"),
    }
)
"""The keys of a graph's node that are no arguments; no Keras constructor uses them."""

_NODE_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
"""What TensorFlow takes as a layer's name."""


@dataclass(frozen=True)
class Wiring:
    """A graph put in order.

    Attributes:
        nodes: name -> node, each a mapping, topologically sorted.
        inputs: name -> what the node takes: as written, else the default (a name, or None).
        outputs: names of the nodes whose outputs leave the graph.
    """

    nodes: dict[str, dict[str, Any]]
    inputs: dict[str, Any]
    outputs: tuple[str, ...]


def arguments_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a node is an argument: everything but the reserved keys."""
    return {key: value for key, value in node.items() if key not in RESERVED}


EVERY_END = object()
"""As the outputs of a graph: every node that nobody consumes."""


def wire(
    layers: Any,
    sources: tuple[str, ...] | None,
    outputs: Any,
    path: str,
    *,
    key: str = "layers",
    among: tuple[str, ...] = (),
    first: str | None = None,
) -> tuple[Wiring | None, list[Problem]]:
    """Find for every node what feeds it, an order that respects it, and the graph's outputs.

    Args:
        layers: `name: node`; a node is a name, a mapping, or None where it was removed.
        sources: names of what enters the graph; None where that is not known yet (the features of
            a data set that has not been read), in which case any name may be one.
        outputs: names of the outputs, None for the only node that nobody consumes, or `EVERY_END`.
        path: path of the mapping that holds the graph, as in `model` or `model.blocks.residual`.
        key: the graph's key there.
        among: names that are certainly among the sources, where those are not known.
        first: the source that the first node takes; None for the only source.
    """
    inside = f"{path}.{key}"
    if not isinstance(layers, Mapping) or not layers:
        problem = Problem(
            inside,
            f"expected a mapping `name: node` with at least one node. Received: {layers!r}",
            hint="a list has no names that the command line could change"
            if isinstance(layers, list)
            else None,
        )
        return None, [problem]
    removed = {name for name, node in layers.items() if node is None}
    nodes, problems = ordered_nodes(layers, inside)
    known = {*nodes, *(sources or ()), *among}
    inputs: dict[str, Any] = {}
    mentioned: dict[str, list[tuple[str, str]]] = {}
    for name, default in zip(nodes, _defaults(nodes, sources, first), strict=True):
        at = f"{inside}.{name}"
        node = nodes[name]
        if "inputs" in node:
            inputs[name] = node["inputs"]
        elif isinstance(node.get("each"), str | list | Mapping):
            inputs[name] = None
        elif default is None:
            inputs[name] = None
            entering = ", ".join(sources) if sources else "the data's features"
            problems.append(
                Problem(
                    at,
                    f"expected `inputs`: it comes first and what enters here is not one tensor "
                    f"({entering})",
                    fix=f"{at}.inputs=...",
                )
            )
        else:
            inputs[name] = default
        mentioned[name] = _references_of(node, inputs[name])
        for under, reference in mentioned[name]:
            if removed and base_of(reference) in removed:
                message = f"expected a node that is there. Received: {reference}, which is null"
                problems.append(Problem(f"{at}.{under}", message))
            elif not _is_known(reference, known, sources):
                only = node.get(under) == reference
                problems.append(_unknown(reference, known - {name}, f"{at}.{under}", fixable=only))
    order, cycle = _sort(mentioned)
    if cycle:
        problems.append(
            Problem(
                f"{inside}.{cycle[0]}.inputs",
                f"expected no cycle. Received: {' -> '.join([*cycle, cycle[0]])}",
            )
        )
    leaving, found = _outputs(mentioned, outputs, known, path, inside)
    if problems and outputs is None:
        found = []  # who consumes whom is not known: one mistake, one message
    problems += found
    if problems:
        return None, problems
    return Wiring({name: nodes[name] for name in order}, inputs, leaving), []


def mentioned_names(wiring: Wiring) -> set[str]:
    """Return every name that a graph's nodes and outputs mention, with what is picked from it."""
    found = {
        reference
        for name, node in wiring.nodes.items()
        for _, reference in _references_of(node, wiring.inputs[name])
    }
    return found | set(wiring.outputs)


def references(inputs: Any) -> Iterator[str]:
    """Yield every name that an `inputs` entry mentions, with what is picked from it (`a.0`)."""
    match inputs:
        case str():
            yield inputs
        case list():
            for item in inputs:
                yield from references(item)
        case Mapping():
            for item in inputs.values():
                yield from references(item)


def base_of(reference: str) -> str:
    """Return the node that a reference names: `a` in `a.0`."""
    return reference.split(".")[0]


def _references_of(node: Mapping[str, Any], inputs: Any) -> list[tuple[str, str]]:
    """Return the names that a node mentions, each with the key under which it does."""
    found = [("inputs", name) for name in references(inputs)]
    if isinstance(node.get("share"), str):
        found.append(("share", node["share"]))
    each = node.get("each")
    if "inputs" not in node:
        if isinstance(each, str) and not is_expression(each):
            found.append(("each", each))
        elif isinstance(each, list | Mapping):
            found += [("each", str(name)) for name in each]
    for key, value in node.items():
        if key not in ("inputs", "share", "each"):
            found += [(key, name) for name in nodes_in(value)]
    return found


def ordered_nodes(
    layers: Mapping[str, Any], inside: str
) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    """Spell out short forms, leave removed nodes away, and move nodes `after` others."""
    nodes: dict[str, dict[str, Any]] = {}
    problems = []
    for name, node in layers.items():
        at = f"{inside}.{name}"
        if node is None:
            continue
        if not isinstance(name, str) or not _NODE_NAME.fullmatch(name):
            problems.append(
                Problem(
                    at,
                    f"expected a name of letters, digits and _, a letter first. Received: {name!r}",
                    hint="YAML reads on, off, yes and no as true and false: quote the name"
                    if isinstance(name, bool)
                    else None,
                )
            )
        elif isinstance(node, str):
            nodes[name] = {"type": node}
        elif isinstance(node, Mapping):
            nodes[name] = dict(node)
        else:
            problems.append(Problem(at, f"expected a node. Received: {node!r}"))
    names = list(nodes)
    for name in [name for name in nodes if "after" in nodes[name]]:
        after = nodes[name]["after"]
        if after in nodes and after != name:
            names.remove(name)
            names.insert(names.index(after) + 1, name)
        else:
            problems.append(_unknown(after, set(nodes) - {name}, f"{inside}.{name}.after"))
    return {name: nodes[name] for name in names}, problems


def _defaults(
    nodes: Mapping[str, Any], sources: tuple[str, ...] | None, first: str | None
) -> list[str | None]:
    """Return what each node takes where it does not say: the node before it, or the only source."""
    if first is None:
        # Before the data set has been read its only feature has no name; "" stands for it.
        first = "" if sources is None else sources[0] if len(sources) == 1 else None
    return [first, *list(nodes)[:-1]][: len(nodes)]


def _is_known(reference: str, known: set[str], sources: tuple[str, ...] | None) -> bool:
    if reference in known or base_of(reference) in known:  # a feature's name may hold dots
        return True
    # Before the data set has been read, a name that is no misspelled node may be its feature.
    return sources is None and (reference == "" or did_you_mean(reference, known) is None)


def _unknown(reference: Any, known: set[str], path: str, fixable: bool = True) -> Problem:
    meant = did_you_mean(str(reference), known)
    return Problem(
        path,
        f"expected the name of a node or an input ({', '.join(sorted(map(str, known)))}). "
        f"Received: {reference}",
        hint=f"did you mean `{meant}`?" if meant else None,
        fix=override(path, meant) if meant and fixable else None,
    )


def _sort(mentioned: Mapping[str, list[tuple[str, str]]]) -> tuple[list[str], list[str]]:
    """Sort topologically, keeping the file's order where it may; return the order and a cycle."""
    nodes = list(mentioned)
    waiting = {
        name: {base_of(reference) for _, reference in mentioned[name]} & mentioned.keys()
        for name in nodes
    }
    consumers: dict[str, list[str]] = {name: [] for name in nodes}
    for name, needed in waiting.items():
        for other in needed:
            consumers[other].append(name)
    left = {name: len(needed) for name, needed in waiting.items()}
    order: list[str] = []
    ready = [name for name in reversed(nodes) if left[name] == 0]
    while ready:
        name = ready.pop()
        order.append(name)
        for other in reversed(consumers[name]):
            left[other] -= 1
            if left[other] == 0:
                ready.append(other)
    return order, _a_cycle({n: waiting[n] for n in nodes if left[n]}) if len(order) < len(
        nodes
    ) else []


def _a_cycle(waiting: Mapping[str, set[str]]) -> list[str]:
    """Walk against the arrows among the nodes that wait for each other until one comes again.

    The cycle begins with its first node in the file.
    """
    seen: list[str] = [next(iter(waiting))]
    while True:
        following = next(name for name in sorted(waiting[seen[-1]]) if name in waiting)
        if following in seen:
            cycle = seen[seen.index(following) :][::-1]
            start = cycle.index(next(name for name in waiting if name in cycle))
            return [*cycle[start:], *cycle[:start]]
        seen.append(following)


def _outputs(
    mentioned: Mapping[str, list[tuple[str, str]]],
    outputs: Any,
    known: set[str],
    path: str,
    inside: str,
) -> tuple[tuple[str, ...], list[Problem]]:
    if outputs is not None and outputs is not EVERY_END:
        names = [outputs] if isinstance(outputs, str) else outputs
        if not (isinstance(names, list) and names and all(isinstance(n, str) for n in names)):
            return (), [
                Problem(f"{path}.outputs", f"expected names of nodes. Received: {outputs!r}")
            ]
        unknown = [
            _unknown(name, known, f"{path}.outputs", fixable=isinstance(outputs, str))
            for name in names
            if base_of(name) not in known and name not in known
        ]
        return tuple(names), unknown or _unused(mentioned, names, inside)
    consumed = {
        base_of(reference)
        for references in mentioned.values()
        for key, reference in references
        if key in ("inputs", "each")
    }
    ends = [name for name in mentioned if name not in consumed]
    if len(ends) == 1 or (ends and outputs is EVERY_END):
        return tuple(ends), []
    return tuple(ends), [
        Problem(
            f"{path}.outputs",
            f"expected one node that no other consumes. Received: {', '.join(ends) or 'none'}",
            hint="state which of them leave the model, and remove the others",
            fix=f"'{path}.outputs=[{','.join(ends)}]'",
        )
    ]


def _unused(
    mentioned: Mapping[str, list[tuple[str, str]]], outputs: list[str], inside: str
) -> list[Problem]:
    """Return the nodes that nobody takes and that are no output either."""
    used = {base_of(reference) for found in mentioned.values() for _, reference in found}
    used |= {base_of(name) for name in outputs}
    return [
        Problem(
            f"{inside}.{name}",
            f"expected a node that another takes, or an output ({', '.join(outputs)}). "
            f"Received: {name}, which leads nowhere",
            fix=f"~{inside}.{name}",
        )
        for name in mentioned
        if name not in used
    ]
