"""What a key of a config could be, read from where the check reads it.

That is: the files of a group, the names of an area, the signature of what a node names and its
documentation, the dataclasses of settings. Nothing heavy is imported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from kerascfg.config.check import KEYS
from kerascfg.config.folders import conf_folders
from kerascfg.naming import KINDS, NEEDS_OBJECT, Found, find, kind_of, names_of_area
from kerascfg.naming.areas import area_of_argument
from kerascfg.naming.documentation import documented_arguments, summary_of
from kerascfg.naming.identifiers import identifiers
from kerascfg.naming.signatures import REQUIRED, UNREADABLE, Signature, signature_of
from kerascfg.naming.source import find_definition

ABSENT: Any = object()
"""Stands for the value of a key that nobody states."""
_AREAS = (
    (r"model\.(blocks\.\w+\.)?layers\.\w+|data\.augment\.\w+", "layer"),
    (r"model\.(preprocess|postprocess)\.\w+|data\.target\.\w+", "layer"),
    (r"optimizer|train\.stages\.\w+\.optimizer", "optimizer"),
    (r"loss(\.\w+)?", "loss"),
    (r"metrics\.\w+(\.\w+)?", "metric"),
    (r"callbacks\.\w+", "callback"),
    (r"tracker\.\w+", "tracker"),
    (r"strategy", "strategy"),
    (r"export\.\w+", "target"),
    (r"data\.source", "source"),
)
"""Where a node stands -> the area in which its name is looked up."""
_SETTINGS = (
    (r"data", "kerascfg.data.settings", "DataSettings"),
    (r"data\.split", "kerascfg.data.splitting.settings", "SplitSettings"),
    (r"data\.features\.\w+", "kerascfg.data.settings", "FeatureSettings"),
    (r"train", "kerascfg.training.settings", "TrainSettings"),
    (r"checkpoint", "kerascfg.training.checkpoints.settings", "CheckpointSettings"),
    (r"gate", "kerascfg.exporting.gate", "GateSettings"),
    (r"train\.stages\.\w+", "kerascfg.training.settings", "StageSettings"),
)
"""Where settings stand -> the dataclass that is their schema; it is read, not imported."""
_WIRING = {
    "inputs": "names of nodes or inputs that feed the node; left out, the node before it",
    "outputs": "names of the nodes that leave the graph",
    "call": "further arguments of the call that are no tensors, as in {training: false}",
    "repeat": "how many copies follow each other",
    "first": "arguments of the first copy alone",
    "each": "names, one copy for each, side by side",
    "when": "whether the node is there; if not, its input is handed on",
    "after": "name of the node behind which it stands",
    "share": "name of the node whose layer is called again",
    "block": "name of a block of model.blocks",
}
_PLAIN = {
    "seed": "a whole number from 0: of weights, order, dropout and augmentation",
    "name": "a text: of the model and of the run's folder",
    "deterministic": "true or false: whether equal runs give equal numbers, at the price of speed",
    "rank_by": "a metric's name, as in val_accuracy: by what a sweep is ranked",
    "stop_after": "data: show the data and build no model; null: the whole run",
}


@dataclass(frozen=True)
class Option:
    """What a key could be, of an `Explanation`."""

    default: str | None = None
    takes: str | None = None
    choices: tuple[str, ...] | None = None
    about: str | None = None


def option_of(config: Mapping[str, Any], path: str, value: Any) -> Option | None:
    """Return what a key could be, or None where nothing is known of it."""
    above, _, key = path.rpartition(".")
    holder = value_at(config, above)
    node = _node(holder, above)
    area = _area(path)
    if not above and key in _PLAIN:
        return Option(takes=_PLAIN[key])
    if files := _files(path):
        return Option(
            takes=f"a file of conf/{path.replace('.', '/')}",
            choices=files,
            about=_about_node(value, area, path),
        )
    if key in ("type", "op") and _area(above):
        area = "op" if key == "op" else _area(above) or "layer"
        named = holder.get(key) if isinstance(holder, Mapping) else None
        found = find(named, area, path) if isinstance(named, str) else None
        return _of_area(area, summary_of(found.definition) if isinstance(found, Found) else None)
    if setting := _setting(above, key):
        return setting
    if area and (kind_of(value) or isinstance(value, str)):
        return _of_area(area, _about_node(value, area, path))
    if node and key in _WIRING:
        return Option(takes=_WIRING[key])
    if node and "block" in node:
        return _of_block(value_at(config, f"model.blocks.{node['block']}"), key)
    found = _named(node, above) if node else None
    return _of_argument(found, key) if found else None


def _named(node: Mapping[str, Any], path: str) -> Found | None:
    """Return the class or function that a node names."""
    kind = kind_of(node)
    if kind not in ("type", "op"):
        return None
    found = find(node[kind], "op" if kind == "op" else _area(path) or "layer", path)
    return found if isinstance(found, Found) else None


def _setting(above: str, key: str) -> Option | None:
    """Return what a key of the settings could be that stand at `above`."""
    signature = _settings(above)
    if signature is None or key not in signature.arguments:
        return None
    kind = signature.kinds.get(key)
    choices = tuple(kind.choices) if kind else ()
    default = _default(signature.arguments[key])
    return Option(default, kind.expected if kind else None, choices or None)


def _settings(path: str) -> Signature | None:
    """Return the keys of the settings at a path as a signature."""
    for pattern, module, name in _SETTINGS:
        if re.fullmatch(pattern, path) and (definition := find_definition(module, name)):
            return signature_of(definition)
    return None


def _node(holder: Any, path: str) -> Mapping[str, Any] | None:
    """Return the node at a path, spelled out."""
    if isinstance(holder, str) and _area(path):
        return {"type": holder}
    return holder if isinstance(holder, Mapping) and kind_of(holder) else None


def _area(path: str) -> str | None:
    """Return the area of a node at a path; None where no node stands."""
    for pattern, area in _AREAS:
        if re.fullmatch(pattern, path):
            return area
    key = path.rpartition(".")[2]
    area = area_of_argument(key)
    return area if area == "schedule" or key in NEEDS_OBJECT else None


def _files(path: str) -> tuple[str, ...]:
    """Return the files of a group."""
    folders = (folder / path.replace(".", "/") for folder in conf_folders())
    return tuple(sorted({file.stem for folder in folders for file in folder.glob("*.yaml")}))


def _of_area(area: str, about: str | None) -> Option:
    names = tuple(names_of_area(area))
    article = "an" if area[0] in "aeiou" else "a"
    return Option(takes=f"the name of {article} {area}, {len(names)} in all", choices=names,
                   about=about)  # fmt: skip


def _about_node(value: Any, area: str | None, path: str) -> str | None:
    """Say what a node is and which arguments it takes."""
    kind = kind_of(value)
    name = value if isinstance(value, str) else value[kind] if kind in ("type", "op") else None
    found = find(name, "op" if kind == "op" else area, path) if name and area else None
    if not isinstance(found, Found):
        return None
    arguments = ", ".join(found.signature.arguments) or "none"
    return f"{summary_of(found.definition)}\nIts arguments: {arguments}".strip()


def _of_argument(found: Found, argument: str) -> Option | None:
    signature = found.signature
    if argument not in signature.arguments:
        return None
    given = signature.arguments[argument]
    kind = signature.kinds.get(argument)
    choices = kind.choices if kind else ()
    takes = kind.expected if kind else None
    area = area_of_argument(argument)
    if not choices and area != "layer" and (names := identifiers(area)):
        choices = tuple(sorted(name for name in names if name == name.lower()))
        takes = f"the name of an {area}" if area[0] in "ai" else f"the name of a {area}"
        takes += ", or a node {type: Name, argument: value}"
    text = documented_arguments(found.definition).get(argument)
    return Option(_default(given), takes, tuple(choices) or None, text)


def _of_block(block: Any, argument: str) -> Option | None:
    arguments = block.get("args") if isinstance(block, Mapping) else None
    if not isinstance(arguments, Mapping) or argument not in arguments:
        return None
    return Option(
        spell_value(arguments[argument]), "a value or an expression of the block's argument"
    )


def _default(value: Any) -> str:
    if value is REQUIRED:
        return "none, it is required"
    return "made by its code" if value is UNREADABLE else spell_value(value)


def keys_at(config: Mapping[str, Any], path: str) -> list[str]:
    """Return the keys that stand or could stand below a path; "" is the top."""
    holder = value_at(config, path)
    node = _node(holder, path)
    known = [str(name) for name in holder] if isinstance(holder, Mapping) else []
    known += KEYS if not path else []
    known += settings.arguments if (settings := _settings(path)) else []
    found = _named(node, path) if node else None
    known += found.signature.arguments if found else []
    return list(dict.fromkeys(name for name in known if name not in KINDS))


def value_at(value: Any, path: str) -> Any:
    """Return what stands at a path, or `ABSENT`; an empty path is the value itself."""
    for part in filter(None, path.split(".")):
        match value:
            case Mapping() if part in value:
                value = value[part]
            case list() if part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            case _:
                return ABSENT
    return value


def spell_value(value: Any) -> str:
    """Spell a value as YAML does in one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False)
    return text.removesuffix("...\n").strip()
