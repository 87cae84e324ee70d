"""What was measured, in a terminal: tables, bars, notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.errors import printable
from kerascfg.look.measuring import Look, Values
from kerascfg.screen import say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_MOST_VALUES, _MOST_CLASSES, _BAR = 40, 30, 14


def print_look(look: Look, console: Console) -> None:
    """Print what was measured: specs and ranges, classes by split, notes, throughput.

    Args:
        look: what was measured.
        console: where to print.
    """
    sizes = ", ".join(f"{size:,} {split}" for split, size in look.sizes.items())
    say(console, "samples", f"{sum(look.sizes.values()):,}: {sizes}")
    console.print()
    console.print(_value_table(look))
    _say_more(console, len(look.values), _MOST_VALUES, "columns")
    for target, splits in look.classes.items():
        console.print()
        console.print(_class_table(target, splits))
        _say_more(console, len(next(iter(splits.values()))), _MOST_CLASSES, "classes")
    console.print()
    for note in look.notes:
        say(console, "note", printable(note))
    for row in look.skipped[:5]:
        say(console, "skipped", printable(row))
    if len(look.skipped) > 5:
        say(console, "", f"... and {len(look.skipped) - 5:,} more")
    say(console, "speed", _speed(look))
    say(console, "content", f"sha256 {look.fingerprint}")


def _say_more(console: Console, count: int, most: int, what: str) -> None:
    if count > most:
        say(console, "", f"... and {count - most:,} more {what}; --json says all")


def _speed(look: Look) -> str:
    read = f"{look.reading:,.0f} samples/s when they are read and prepared"
    kept = "" if look.kept is None else f", {look.kept:,.0f} from where they are kept"
    return f"{read}{kept} (the training batches, measured here and now)"


def _value_table(look: Look) -> Table:
    from rich.table import Table
    from rich.text import Text

    parts = {value.measured for value in look.values}
    some = max(parts, default=0) < look.sizes.get("train", 0)
    title = f"{max(parts, default=0):,} training samples" if some else "the training split"
    table = Table(title=f"Measured in {title}", title_justify="left")
    for name in ("", "name", "shape", "dtype"):
        table.add_column(name, overflow="fold")
    if look.prepared:
        table.add_column("to the model", overflow="fold")
    for name in ("missing", "min", "mean", "max"):
        table.add_column(name, justify="right")
    table.add_column("distinct: most frequent", overflow="fold")
    for value in look.values[:_MOST_VALUES]:
        made = look.prepared.get(value.name)
        prepared = [f"{_shape(made.shape)} {made.dtype}" if made else ""] if look.prepared else []
        missing = f"{value.missing:,}" if value.missing else ""
        cells = [value.role, printable(value.name), _shape(value.shape), value.dtype, *prepared]
        numbers = [_number(n) for n in (value.least, value.mean, value.greatest)]
        table.add_row(*map(Text, [*cells, missing, *numbers, _distinct(value)]))
    known = {value.name for value in look.values}
    for name, spec in look.prepared.items():
        if name not in known:
            made = f"{_shape(spec.shape)} {spec.dtype}"
            table.add_row(*map(Text, ["prepared", printable(name), "", "", made, *[""] * 5]))
    return table


def _class_table(target: str, splits: Mapping[str, Mapping[str, int]]) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"Classes of {printable(target)}", title_justify="left")
    table.add_column("class", overflow="fold")
    for split in splits:
        table.add_column(split, justify="right")
        table.add_column("", justify="right")
        table.add_column("", width=_BAR)
    for name in list(next(iter(splits.values())))[:_MOST_CLASSES]:
        cells: list[Any] = [Text(printable(name))]
        for counts in splits.values():
            count, whole, most = counts[name], sum(counts.values()), max(counts.values())
            bar = ProgressBar(total=max(most, 1), completed=count, width=_BAR)
            share = f"{count / whole:.1%}" if whole else ""
            cells += [f"{count:,}", share, bar]
        table.add_row(*cells)
    return table


def _distinct(value: Values) -> str:
    if value.distinct is None:
        return ""
    listed = ", ".join(f"{_clipped(text)!r} {count:,}" for text, count in value.frequent)
    return f"{value.distinct:,}: {listed}" if listed else f"{value.distinct:,}"


def _clipped(text: str, limit: int = 24) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _shape(shape: tuple[int | None, ...]) -> str:
    return "(" + ", ".join("any" if axis is None else str(axis) for axis in shape) + ")"
