"""Hydra's `defaults:` list, with the groups and choices that the folders hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kerascfg.schema.values import Schema


def defaults_schema(folders: Iterable[Path]) -> Schema:
    """Return the schema of a defaults list; choices are offered, not demanded.

    Args:
        folders: folders with the groups' YAML files.
    """
    choices = _choices(folders)
    properties: dict[str, Any] = {}
    for group, names in sorted(choices.items()):
        chosen = {"type": ["string", "array", "null"], "examples": sorted(names)}
        properties |= {group: chosen, f"/{group}": chosen, f"override /{group}": chosen}
    groups = "|".join(map(re.escape, sorted(choices)))
    spelled = rf"^((optional|override) )*/?([\w./]+/)?({groups})(@[\w.:]+)?$"
    return {
        "description": "The files that are merged, in order; `_self_` is this one.",
        "type": ["array", "null"],
        "items": {
            "type": ["string", "object"],
            "properties": properties,
            "patternProperties": {spelled: {"type": ["string", "array", "null"]}},
            "additionalProperties": False,
            "anyOf": [{"enum": ["_self_"]}, {}],
        },
    }


def _choices(folders: Iterable[Path]) -> dict[str, set[str]]:
    choices: dict[str, set[str]] = {}
    for folder in folders:
        for file in folder.rglob("*.yaml"):
            group = file.parent.relative_to(folder).as_posix()
            if group != ".":
                choices.setdefault(group, set()).add(file.stem)
    return choices
