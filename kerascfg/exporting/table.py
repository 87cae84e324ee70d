"""Deliveries as a person reads them: a row each, and below what is to be known of some, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

    from kerascfg.exporting.delivery import Delivery

_STYLES = {"delivered": "green", "refused": "yellow", "failed": "bold red"}


def delivery_table(deliveries: Sequence[Delivery]) -> RenderableType:
    """Make the table of deliveries for a Rich console."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    metric = next((d.metric_name for d in deliveries if d.metric_name), "metric")
    table = Table(title="Deliveries", title_justify="left", caption_justify="left")
    table.add_column("target")
    table.add_column("status")
    for column in ("size", "max abs diff", "top-1", metric.replace("_", " "), "p50 ms", "p95 ms"):
        table.add_column(column, justify="right")
    for delivery in deliveries:
        latency = delivery.latency_ms or {}
        table.add_row(
            delivery.target,
            Text(delivery.status, style=_STYLES[delivery.status]),
            size_text(delivery.size_bytes) if delivery.files else "",
            _number(delivery.max_abs_diff, ".1e"),
            _number(delivery.top1_agreement, ".4f"),
            _number(delivery.metric, ".4f"),
            _number(latency.get("p50"), ".3f"),
            _number(latency.get("p95"), ".3f"),
        )
    predict = next((d.keras_ms for d in deliveries if d.keras_ms is not None), None)
    if predict is not None:
        table.caption = f"one sample a call; keras.Model.predict takes {predict:.1f} ms for it"
    reasons = [
        Text.assemble((f"{d.target} {d.status}: ", _STYLES[d.status]), d.reason)
        for d in deliveries
        if d.reason
    ]
    notes = [
        Text.assemble((f"{d.target}: ", _STYLES[d.status]), note)
        for d in deliveries
        for note in d.notes
    ]
    return Group(table, *notes, *reasons)


def size_text(size_bytes: int) -> str:
    """Spell a size: 812 B, 25.2 kB, 14.0 MB."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _number(value: float | None, spelling: str) -> str:
    return "" if value is None else format(value, spelling)
