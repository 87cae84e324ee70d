"""The schema of each config group's files; what they share stands in `definitions.json`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_type_hints

from kerascfg.config.check import TASKS
from kerascfg.config.upgrade import LANGUAGE
from kerascfg.data.settings import DataSettings, FeatureSettings
from kerascfg.data.splitting import SplitSettings
from kerascfg.exporting.gate import GateSettings
from kerascfg.naming.documentation import documented_arguments
from kerascfg.naming.source import find_definition
from kerascfg.schema.defaults import defaults_schema
from kerascfg.schema.graph import graph_definitions
from kerascfg.schema.nodes import IDENTIFIED, identified_definitions, node_definitions
from kerascfg.schema.values import Schema, choices_schema, described, hint_schema, ref, types_schema
from kerascfg.training.checkpoints.settings import CheckpointSettings
from kerascfg.training.settings import StageSettings, TrainSettings

SHARED = "definitions"
_DRAFT = "http://json-schema.org/draft-07/schema#"
_AREAS = (
    *("optimizer", "schedule", "loss", "metric", "callback", "initializer", "regularizer"),
    *("constraint", "dtype policy", "source", "strategy", "target", "tracker"),
)
_GROUPS = {
    "data": "the data set, its split and its batches",
    "model": "the graph",
    "optimizer": "the optimizer",
    "loss": "the loss, or output -> loss",
    "metrics": "name -> metric, or output -> (name -> metric)",
    "train": "how long, in which stages",
    "callbacks": "name -> callback",
    "tracker": "name -> tracker",
    "strategy": "devices",
    "export": "name -> target",
}
_BY_NAME = {"callbacks": "callback", "tracker": "tracker", "export": "target", "backbone": "node"}
_RECIPES = ("task", "experiment", "debug")
"""Groups whose files set keys at the top of the config."""


def group_schemas(folders: Iterable[Path]) -> dict[str, Schema]:
    """Return the schemas by the names of their files, as in `optimizer/schedule`.

    Args:
        folders: folders with the groups' YAML files, whose names a defaults list may choose.
    """
    definitions = {"defaults": defaults_schema(folders), **_definitions()}
    schemas = {SHARED: {"$schema": _DRAFT, "definitions": definitions}}
    files = {
        **{group: f"group.{group}" for group in (*_GROUPS, "backbone", "config")},
        **{"optimizer/schedule": "schedule.object", "model": "model.file", "block": "block.file"},
        **dict.fromkeys(_RECIPES, "group.config"),
    }
    for group, definition in files.items():
        target = f"{'../' * group.count('/')}{SHARED}.json#/definitions/{definition}"
        title = f"kerascfg: {group}"
        schemas[group] = {"$schema": _DRAFT, "title": title, "allOf": [{"$ref": target}]}
    return schemas


def _definitions() -> dict[str, Schema]:
    definitions = graph_definitions()
    for area in _AREAS:
        definitions |= node_definitions(area)
    for area in IDENTIFIED:
        definitions |= identified_definitions(area)
    for area in ("optimizer", "schedule", "strategy"):  # as files they may build on others
        branch = definitions[f"{area}.object"]["else"]["properties"]
        branch["defaults"] = ref("defaults")
        for name, schema in definitions.items():
            if name.startswith(f"{area}.") and "properties" in schema:
                schema["properties"].setdefault("defaults", True)
    for group, area in _BY_NAME.items():
        definitions[f"group.{group}"] = _by_name(ref(area))
    definitions |= {
        "group.data": _data(),
        "group.model": ref("model"),
        "group.optimizer": ref("optimizer"),
        "group.loss": _or_by_name("loss", ref("loss"), definitions),
        "group.metrics": _by_name(_or_by_name("metric", ref("metric"), definitions)),
        "group.train": _train(),
        "group.strategy": ref("strategy"),
        "group.config": _config(),
    }
    for kind in ("model", "block"):
        definitions[f"{kind}.file"] = {
            "allOf": [ref(kind)],
            "if": {"required": ["defaults"]},
            "else": ref(f"{kind}.whole"),
        }
    return definitions


def _config() -> Schema:
    """Return the schema of a whole config: the groups, and the plain keys beside them."""
    return _closed({
        **{key: described(ref(f"group.{key}"), text) for key, text in _GROUPS.items()},
        "loss_weights": {
            "type": ["object", "null"],
            "additionalProperties": types_schema(("float",), "a number"),
            "description": "output -> what its loss counts",
        },
        "task": described(choices_schema(TASKS, ("NoneType",)), "head, loss and metrics that "
                          "belong together"),
        "seed": described(types_schema(("int",), "a whole number from 0"), "seed of everything "
                          "that is drawn", default=1),
        "name": described(types_schema(("str",), "a text"), "name of the run"),
        "deterministic": described(types_schema(("bool",), "true or false"), "the same numbers "
                                   "from every run, at the price of speed", default=False),
        "gate": described(_settings(GateSettings), "what deliveries must keep to"),
        "checkpoint": described(_settings(CheckpointSettings), "how often the state is saved"),
        "rank_by": described(types_schema(("str", "NoneType"), "a metric's name"),
                             "the metric by which a sweep's table is sorted"),
        "stop_after": described(choices_schema(("data",), ("NoneType",)), "show the "
                                "data, and build no model"),
        "language": described(types_schema(("int",), "a whole number"), "version of the "
                              "configuration language", default=LANGUAGE),
    })  # fmt: skip


def _data() -> Schema:
    schema = _settings(DataSettings)
    features = schema["properties"]["features"]
    features["additionalProperties"] = {"type": ["object", "null"], **_settings(FeatureSettings)}
    split = _settings(SplitSettings)
    schema["properties"] |= {
        "source": described(ref("source"), schema["properties"]["source"].get("description", "")),
        "split": {**schema["properties"]["split"], "type": ["object", "null"], **split},
    }
    return schema


def _train() -> Schema:
    stage = _settings(StageSettings)
    optimizer = stage["properties"]["optimizer"]
    stage["properties"]["optimizer"] = described(ref("optimizer"), optimizer["description"])
    schema = _settings(TrainSettings)
    schema["properties"]["stages"] |= {"additionalProperties": {"type": "object", **stage}}
    return schema


def _settings(cls: type) -> Schema:
    """Return the schema of a dataclass: its fields, with what its documentation says of them."""
    definition = find_definition(cls.__module__, cls.__name__)
    texts = documented_arguments(definition) if definition else {}
    hints = get_type_hints(cls)
    properties = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        plain = isinstance(field.default, str | int | float | None)
        more = {"default": field.default} if plain else {}
        hint = hints[field.name]
        schema = {} if dataclasses.is_dataclass(hint) else hint_schema(hint)
        properties[field.name] = described(schema, texts.get(field.name, ""), **more)
    return _closed(properties)


def _or_by_name(area: str, inner: Schema, definitions: dict[str, Schema]) -> Schema:
    """Return the schema of one node, or of a mapping of names to nodes."""
    known = definitions[f"{area}.object"]["else"]["properties"]
    branch = {
        "if": {"required": ["type"]},
        "then": ref(f"{area}.object"),
        "else": {"properties": known, "additionalProperties": inner},
    }
    return {
        "type": ["object", "string", "null"],
        "if": {"type": "string"},
        "then": ref(f"{area}.spelled"),
        "else": {"if": {"type": "object"}, "then": branch},
        "properties": {"type": described(ref(f"{area}.spelled"), f"which {area}")},
        "anyOf": [ref(f"{area}.name"), {}],
    }


def _by_name(schema: Schema) -> Schema:
    properties = {"defaults": ref("defaults")}
    return {"type": ["object", "null"], "properties": properties, "additionalProperties": schema}


def _closed(properties: dict[str, Any]) -> Schema:
    return {
        "type": ["object", "null"],
        "properties": {**properties, "defaults": ref("defaults")},
        "additionalProperties": False,
    }
