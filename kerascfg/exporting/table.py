"""Deliveries as a person reads them: what they are, what they cost, and what is to be known."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.bench import BATCHES
from kerascfg.runs import write_text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from kerascfg.exporting.delivery import Delivery

CSV = "deliveries.csv"
_STYLES = {"delivered": "green", "refused": "yellow", "failed": "bold red"}


def delivery_table(deliveries: Sequence[Delivery]) -> RenderableType:
    """Make the tables of deliveries for a Rich console: 100 columns hold them."""
    from rich.console import Group
    from rich.text import Text

    reasons = [
        Text.assemble((f"{d.target} {d.status}: ", _STYLES[d.status]), d.reason)
        for d in deliveries
        if d.reason
    ]
    notes = [
        Text.assemble((f"{', '.join(targets)}: ", "bold"), note)
        for note, targets in targets_by_note(deliveries).items()
    ]
    timed = [delivery for delivery in deliveries if delivery.latency]
    costs = [Text(), _cost_table(timed), Text(_caption(timed), style="italic")] if timed else []
    return Group(_parity_table(deliveries), *costs, *notes, *reasons)


def _parity_table(deliveries: Sequence[Delivery]) -> RenderableType:
    from rich.text import Text

    metric = next((d.metric_name for d in deliveries if d.metric_name), "metric")
    table = _table("Deliveries", "target", "status", "quantised")
    for column in ("size", "max diff", "top-1", metric.replace("_", " "), "drop"):
        table.add_column(column, justify="right")
    for delivery in deliveries:
        table.add_row(
            delivery.target,
            Text(delivery.status, style=_STYLES[delivery.status]),
            delivery.quantize or "",
            size_text(delivery.size_bytes) if delivery.files else "",
            number_text(delivery.max_scaled_diff, ".1e"),
            number_text(delivery.top1_agreement, ".4f"),
            number_text(delivery.metric, ".4f"),
            number_text(delivery.metric_drop, ".4f"),
        )
    return table


def _cost_table(deliveries: Sequence[Delivery]) -> RenderableType:
    """Make the table of times: the median of a call, and behind it its 95th percentile."""
    batches = sorted({entry["batch"] for d in deliveries for entry in d.latency})
    table = _table("Cost", "target")
    for column in ("load ms", "memory", "threads"):
        table.add_column(column, justify="right")
    for batch in batches:
        table.add_column(f"{batch} sample{'s' * (batch > 1)}", justify="right")
    for delivery in deliveries:
        rows: dict[int, dict[int, str]] = {}
        for entry in delivery.latency:
            text = f"{three(entry['p50'])}/{three(entry['p95'])}"
            rows.setdefault(entry["threads"] or 0, {})[entry["batch"]] = text
        for number, (count, cells) in enumerate(rows.items()):
            first = (
                delivery.target,
                number_text(delivery.load_ms, ".1f"),
                "" if delivery.memory_bytes is None else size_text(delivery.memory_bytes),
            )
            table.add_row(
                *(first if number == 0 else ("", "", "")),
                str(count or "own"),
                *(cells.get(batch, "") for batch in batches),
            )
    return table


def _caption(deliveries: Sequence[Delivery]) -> str:
    """Say what the times are, and what Keras takes."""
    predict = next((d.keras_ms for d in deliveries if d.keras_ms is not None), None)
    own = any(entry["threads"] is None for d in deliveries for entry in d.latency)
    return (
        "ms a call, median/95th percentile"
        + ("; threads `own`: the runtime chooses" if own else "")
        + (
            ""
            if predict is None
            else f"\nkeras.Model.predict takes {predict:.1f} ms for one sample"
        )
    )


def _table(title: str, *columns: str) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column)
    return table


def targets_by_note(deliveries: Sequence[Delivery]) -> dict[str, list[str]]:
    """Return each note with the targets that it is about: several may share one."""
    targets: dict[str, list[str]] = {}
    for delivery in deliveries:
        for note in delivery.notes:
            targets.setdefault(note, []).append(delivery.target)
    return targets


def write_csv(directory: Path, deliveries: Sequence[Delivery]) -> Path:
    """Write `deliveries.csv` into `exports/`: a row a delivery, a column a number."""
    threads = sorted({entry["threads"] or 0 for d in deliveries for entry in d.latency})
    rows = [_csv_row(delivery, threads) for delivery in deliveries]
    text = io.StringIO()
    columns = list(dict.fromkeys(key for row in rows for key in row)) or ["target"]
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return write_text(directory / CSV, text.getvalue())


def _csv_row(delivery: Delivery, threads: Sequence[int]) -> dict[str, Any]:
    latency = {(entry["batch"], entry["threads"] or 0): entry for entry in delivery.latency}
    row = {
        "target": delivery.target,
        "status": delivery.status,
        "quantize": delivery.quantize,
        "size_bytes": delivery.size_bytes if delivery.files else None,
        "load_ms": delivery.load_ms,
        "memory_bytes": delivery.memory_bytes,
        "tolerance": delivery.tolerance,
        "max_scaled_diff": delivery.max_scaled_diff,
        "max_abs_diff": delivery.max_abs_diff,
        "max_rel_diff": delivery.max_rel_diff,
        "cosine": delivery.cosine,
        "top1_agreement": delivery.top1_agreement,
        "nan": delivery.nan,
        "metric_name": delivery.metric_name,
        "metric": delivery.metric,
        "metric_drop": delivery.metric_drop,
        "convert_seconds": delivery.convert_seconds,
        "seconds": delivery.seconds,
    }
    for batch in BATCHES:
        for count in threads:
            entry: Mapping[str, Any] = latency.get((batch, count), {})
            for key in ("p50", "p95"):
                name = (
                    f"{key}_ms_batch{batch}_threads{count}" if count else f"{key}_ms_batch{batch}"
                )
                row[name] = entry.get(key)
    return row | {"reason": delivery.reason.partition("\n")[0], "notes": "; ".join(delivery.notes)}


def size_text(size_bytes: int) -> str:
    """Spell a size: 812 B, 25.2 kB, 14.0 MB."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def number_text(value: float | None, spelling: str) -> str:
    """Spell a number, or nothing."""
    return "" if value is None else format(value, spelling)


def three(value: float) -> str:
    """Spell a number with three digits that count: 0.0512, 1.23, 45.6, 217."""
    digits = 3 - len(f"{value:.0f}") if value >= 1 else 3
    return f"{value:.{max(0, digits)}f}"
