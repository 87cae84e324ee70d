"""Fold a flat model: repeated structure becomes `blocks`, `repeat` and `first`.

A graph is laid out as a sequence in which what belongs together stands together. Pieces of it that
one output leaves and that are wired alike are candidates for a block; what differs in them becomes
its arguments. The block that shortens the YAML most is taken, and the search goes on in what is
left and inside the blocks, until nothing pays. This is done in a few orders, and the shortest
result wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import ConfigError
from kerascfg.model.expand import expand_model
from kerascfg.model.from_keras.folding.runs import with_runs
from kerascfg.model.from_keras.folding.same import same_graph
from kerascfg.model.from_keras.folding.search import (
    any_windows,
    branching_windows,
    folded,
    small_windows,
)
from kerascfg.model.from_keras.folding.sequence import Item, Scope, read_scope, write_scope
from kerascfg.model.from_keras.folding.state import Block, State
from kerascfg.model.from_keras.folding.words import short_name, unmistakable
from kerascfg.model.wiring import wire


def fold(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return an equivalent config of a model, shorter where its structure repeats.

    The layers' names change where they become part of a block; `same_graph` of the two expanded
    models says which is which.

    Args:
        model: `inputs` by name, `layers`, optionally `outputs` and `blocks`; no expressions.

    Raises:
        ConfigError: the model's graph is not in the language.
        GraphsDifferError: what was folded is not the same model; this is a bug.
    """
    inputs = tuple(model["inputs"])
    wiring, problems = wire(model["layers"], inputs, model.get("outputs"), "model")
    if wiring is None:
        raise ConfigError(problems)
    scope = read_scope(wiring, inputs, "outputs" in model)
    flat = State(scope, {}, model.get("blocks") or {})
    start = State(with_runs(scope, flat), {}, flat.given)
    found = [
        folded(start, any_windows),
        folded(folded(start, branching_windows), any_windows),
        folded(folded(start, small_windows), any_windows),
    ]
    best = min([flat, start, *found], key=State.cost)
    written = _written(model, best)
    same_graph(expand_model(model, inputs, {}), expand_model(written, inputs, {}))
    return written


def _written(model: Mapping[str, Any], state: State) -> dict[str, Any]:
    """Return the config of a state, with everything of the model that is no graph."""
    layers, outputs = _graph(state.main)
    blocks = {**state.given, **{name: _block(state.blocks[name]) for name in state.blocks}}
    graph: dict[str, Any] = {"blocks": blocks} if blocks else {}
    graph["layers"] = layers
    if outputs:
        graph["outputs"] = outputs
    return {k: v for k, v in model.items() if k not in ("blocks", "layers", "outputs")} | graph


def _block(block: Block) -> dict[str, Any]:
    inputs = {"inputs": list(block.scope.inputs)} if len(block.scope.inputs) > 1 else {}
    args = {"args": block.args} if block.args else {}
    return {**args, **inputs, "layers": _graph(block.scope)[0]}


def _graph(scope: Scope) -> tuple[dict[str, Any], list[str]]:
    """Return the layers of a graph and the names of its outputs where they are stated."""
    wishes = [(item.name, _parts(item)) for item in scope.items]
    chosen = unmistakable(wishes, scope.inputs)
    names = {item.number: name for item, name in zip(scope.items, chosen, strict=True)}
    outputs = [
        ".".join([scope.inputs[-1 - link.item] if link.item < 0 else names[link.item], *link.picks])
        for link in scope.outputs.values()
    ]
    return write_scope(scope, names), outputs


def _parts(item: Item) -> str | None:
    """Return of what an item consists that is more than one node, in a word."""
    if item.kind == "block":
        return item.target
    return short_name(item.target) if ("repeat", "") in item.settings else None
