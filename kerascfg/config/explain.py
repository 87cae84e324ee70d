"""`--explain`: every value of a composed config, where it comes from, and what was dropped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from kerascfg.config.compose import Composed
from kerascfg.config.explain_key import MADE, explain_key, print_key
from kerascfg.config.options import spell_value
from kerascfg.errors import COMMAND_LINE, ConfigError, Problem, print_problems


def print_explanation(composed: Composed, key: str | None = None, as_json: bool = False) -> int:
    """Explain one key of a config, or all; return the exit status.

    Args:
        composed: the config.
        key: path of the key; None for all.
        as_json: whether to print data for programs.
    """
    explained = explain_key(composed, key) if key else None
    if isinstance(explained, Problem):
        print_problems([explained])
        return ConfigError.exit_status
    if as_json:
        values = [
            {"key": path, "value": value, "place": _place(composed, path)}
            for path, value in _leaves(composed.config, "")
        ]
        print(json.dumps(asdict(explained) if explained else {"values": values}, indent=2))
    elif explained:
        print_key(explained)
    else:
        _print_all(composed)
    return 0


def _print_all(composed: Composed) -> None:
    """Print a table `key, value, comes from`, then the values that a replaced node lost."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("key", "value", "comes from", box=None, pad_edge=False, header_style="bold")
    for path, value in _leaves(composed.config, ""):
        place = _place(composed, path)
        style = "yellow" if place == COMMAND_LINE else "cyan"
        table.add_row(path, Text(spell_value(value)), Text(place, style=style))
    for path, place in composed.places.dropped().items():
        reason = f"dropped from {place} by {composed.places.of(path)}"
        table.add_row(path, "", Text(reason), style="dim")
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)


def _place(composed: Composed, path: str) -> str:
    return composed.places.of(path) or MADE


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, value
