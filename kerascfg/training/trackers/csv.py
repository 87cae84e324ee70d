"""`tracker=csv`: the history as a table, `history.csv`, one row an epoch."""

from __future__ import annotations

import csv as csv_format
import io
from pathlib import Path
from typing import Any


def csv(directory: Path) -> Any:
    """Return a callback that keeps `history.csv` complete after every epoch.

    Args:
        directory: the run directory; given by the run.
    """
    import keras

    from kerascfg.runs import write_text

    rows: list[dict[str, Any]] = []

    class CSVTracker(keras.callbacks.Callback):
        """Write the table anew after each epoch, so that it is never half a row."""

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            rows.append({"epoch": epoch + 1, **{k: float(v) for k, v in (logs or {}).items()}})
            names = list(dict.fromkeys(name for row in rows for name in row))
            text = io.StringIO()
            writer = csv_format.DictWriter(text, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            write_text(directory / "history.csv", text.getvalue())

    return CSVTracker()
