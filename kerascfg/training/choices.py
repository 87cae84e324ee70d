"""What a run found out by measuring, in its `choices.json`: a run that goes on repeats it.

A rerun does too, where the file is laid into its directory before it starts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerascfg.runs import read_json, write_text

CHOICES = "choices.json"


def read_choice(directory: Path, name: str) -> Any:
    """Return what was chosen, or None where nothing was.

    Args:
        directory: the run's directory.
        name: of the choice, as in `batch_size` or `stages.NAME`.
    """
    value: Any = read_json(directory / CHOICES)
    for key in name.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def write_choice(directory: Path, name: str, value: Any) -> None:
    """Add a choice to those of a run."""
    choices = read_json(directory / CHOICES) or {}
    *above, key = name.split(".")
    holder = choices
    for each in above:
        holder = holder.setdefault(each, {})
    holder[key] = value
    write_text(directory / CHOICES, json.dumps(choices, indent=2) + "\n")
