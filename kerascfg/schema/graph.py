"""The schemas of a model's graph: its nodes, inputs and blocks."""

from __future__ import annotations

from typing import Any

from kerascfg.model.inputs import DTYPES
from kerascfg.model.wiring import RESERVED
from kerascfg.naming import KINDS
from kerascfg.schema.nodes import area_definitions, either
from kerascfg.schema.values import Schema, described, ref, types_schema

_TEXTS = {
    "type": "Make a layer, then call it: a short name of keras.layers, or a dotted name.",
    "op": "Call a function on tensors: a short name of keras.ops, or a dotted name.",
    "block": "Expand the block of that name; its arguments stand beside it.",
    "share": "Call the layer of that node again, with the same weights.",
    "inputs": "What the node takes: `a`, `[a, b]` or `{query: a, value: b}`; `a.0` picks an "
    "output. Left out, it takes the previous node's output; `[]` means none.",
    "outputs": "Not a node's: a graph or a block states its outputs.",
    "call": "Further arguments of the call that are no tensors, as in `{training: false}`.",
    "repeat": "So many copies, one after the other.",
    "first": "Arguments of the first of the repeated copies.",
    "each": "One copy for each name: `[a, b]`, `{a: {argument: value}}`, or a node with copies.",
    "when": "`false` builds nothing and hands the single input on.",
    "after": "The node behind which this one is inserted.",
}
_TAKEN = {
    **dict.fromkeys(KINDS, ("str",)),
    "inputs": ("str", "float", "list", "dict", "NoneType"),
    "call": ("dict", "NoneType"),
    "repeat": ("int", "NoneType"),
    "first": ("dict", "NoneType"),
    "each": ("str", "list", "dict", "NoneType"),
    "when": ("bool", "float", "NoneType"),
    "after": ("str", "NoneType"),
}
_WORDS = {
    "inputs": "a name, names, or a mapping from parameters to names",
    "repeat": "a whole number or an expression",
    "when": "true, false or an expression",
    "each": "names, or a mapping by name",
    "call": "a mapping of arguments",
    "first": "a mapping of arguments",
}


def graph_definitions() -> dict[str, Schema]:
    """Return the definitions of `node`, `nested` (a layer as an argument), `model` and `block`."""
    beside = RESERVED - {"type", "op"}
    definitions = area_definitions("layer", beside | {"op"})
    definitions |= area_definitions("op", beside | {"type"})
    reserved = {key: _reserved(key) for key in sorted(RESERVED)}
    definitions["node.object"] = {
        "type": "object",
        "properties": reserved,
        "if": {"required": ["type"]},
        "then": {**ref("layer.arguments")},
        "else": {
            "if": {"required": ["op"]},
            "then": ref("op.arguments"),
            "else": {
                "if": {"required": ["share"]},
                "then": {
                    "properties": dict.fromkeys(sorted(RESERVED), True),
                    "additionalProperties": False,
                },
            },
        },
    }
    definitions["node"] = either("layer.spelled", "node.object", "layer.name")
    definitions["node.whole"] = {
        "if": {"type": "object"},
        "then": {
            "anyOf": [{"required": [kind]} for kind in KINDS],
            "errorMessage": "expected one of type, op, block, share",
        },
    }
    # A layer as an argument is in no graph: it has no inputs.
    definitions["nested.object"] = {
        "type": "object",
        "properties": {
            "type": described(ref("layer.spelled"), _TEXTS["type"]),
            **dict.fromkeys(sorted(RESERVED - set(KINDS)), False),
        },
        "if": {"required": ["type"]},
        "then": ref("layer.arguments"),
    }
    definitions["nested"] = either("layer.spelled", "nested.object", "layer.name")
    definitions["input"] = _input()
    definitions["block"] = {"type": ["object", "null"], **_closed(_block())}
    definitions["block.whole"] = _with_whole_layers()
    definitions["model"] = {"type": ["object", "null"], **_closed(_model())}
    definitions["model.whole"] = {
        "properties": {
            **_with_whole_layers()["properties"],
            "preprocess": {"additionalProperties": ref("node.whole")},
            "postprocess": {"additionalProperties": ref("node.whole")},
            "blocks": {"additionalProperties": ref("block.whole")},
        }
    }
    return definitions


def _reserved(key: str) -> Schema:
    if key in ("type", "op"):
        return described(ref("layer.spelled" if key == "type" else "op.spelled"), _TEXTS[key])
    if key == "outputs":
        return {"not": {}, "errorMessage": _TEXTS[key], "doNotSuggest": True}
    return described(types_schema(_TAKEN[key], _WORDS.get(key, "a name")), _TEXTS[key])


def _input() -> Schema:
    sizes = described(
        {"type": ["array", "string"], "items": types_schema(("int", "NoneType"), "sizes")},
        "Sizes without the batch; `null` for any.",
    )
    dtype = described({"enum": [*DTYPES, None]}, "What its values are.", default="float32")
    return {"type": "object", **_closed({"shape": sizes, "dtype": dtype})}


def _model() -> dict[str, Any]:
    return {
        **_parts(),
        "inputs": described(_by_name(ref("input")), "What enters, by name; left out, the features "
                            "of the data set."),
        "preprocess": described(_by_name(ref("node")), "A graph over the data's features; what of "
                                "it `layers` names enters there. Served with the model."),
        "postprocess": described(_by_name(ref("node")), "A graph over the outputs of `layers`. "
                                 "Served with the model."),
        "blocks": described(_by_name(ref("block")), "Parts of the graph that `block:` expands."),
        "class": {"description": "A `keras.Model` subclass of an allowed package, built over the "
                  "graph: a dotted name, or `{type: Name, argument: value}`."},
    }  # fmt: skip


def _block() -> dict[str, Any]:
    return {
        **_parts(),
        "inputs": {
            "description": "Names of what enters, `[input]` by default, or `name: {shape, dtype}` "
            "for a block that is complete by itself.",
            "type": ["array", "object", "string", "null"],
            "if": {"type": "object"},
            "then": {"additionalProperties": ref("input")},
        },
    }


def _parts() -> dict[str, Any]:
    return {
        "layers": described(_by_name(ref("node")), "The graph: `name: node`; `null` removes one."),
        "outputs": {
            "type": ["array", "string", "null"],
            "description": "Names of the nodes whose outputs leave; left out, the only node that "
            "nobody consumes.",
        },
        "args": described(_by_name({}), "Arguments with their defaults, `$name` in the graph; "
                          "`???` is required."),
        "defaults": ref("defaults"),
    }  # fmt: skip


def _with_whole_layers() -> Schema:
    return {"properties": {"layers": {"additionalProperties": ref("node.whole")}}}


def _by_name(schema: Schema) -> Schema:
    return {"type": ["object", "null"], "additionalProperties": schema}


def _closed(properties: dict[str, Any]) -> Schema:
    return {"properties": properties, "additionalProperties": False}
