"""`--explain`: every value of a composed config, where it comes from, and what was dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerascfg.config.compose import Composed
from kerascfg.errors import COMMAND_LINE


def print_explanation(composed: Composed) -> None:
    """Print a table `key, value, comes from`, then the values that a replaced node lost."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("key", "value", "comes from", box=None, pad_edge=False, header_style="bold")
    for path, value in _leaves(composed.config, ""):
        place = composed.places.of(path) or "made from the chosen files"
        style = "yellow" if place == COMMAND_LINE else "cyan"
        table.add_row(path, Text(_spell(value)), Text(place, style=style))
    for path, place in composed.places.dropped().items():
        reason = f"dropped from {place} by {composed.places.of(path)}"
        table.add_row(path, "", Text(reason), style="dim")
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _spell(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
