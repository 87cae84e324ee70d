"""Write the schemas where the files of `conf/` look for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from kerascfg.runs import write_text
from kerascfg.schema.groups import group_schemas


def write_schemas(directory: Path, folders: Iterable[Path]) -> list[Path]:
    """Write a schema for each group into a folder; return the files.

    Args:
        directory: where to write; `optimizer/schedule.json` lies in a folder of it.
        folders: folders with the groups' YAML files.
    """
    return [
        write_text(directory / f"{name}.json", json.dumps(schema, separators=(",", ":")) + "\n")
        for name, schema in group_schemas(folders).items()
    ]
