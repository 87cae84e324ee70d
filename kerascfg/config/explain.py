"""`--explain`: every value of the composed config, and the file or override it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerascfg.config.compose import Composed


def print_explanation(composed: Composed) -> None:
    """Print a table `key, value, comes from`."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("key", "value", "comes from", box=None, pad_edge=False, header_style="bold")
    for path, value in _leaves(composed.config, ""):
        place = composed.places.of(path) or "made from the chosen files"
        style = "yellow" if place == "command line" else "cyan"
        table.add_row(path, Text(_spell(value)), Text(place, style=style))
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
