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

    class CSVTracker(keras.callbacks.Callback):
        """Write the table anew after each epoch, so that it is never half a row."""

        def __init__(self) -> None:
            super().__init__()
            self.rows: list[dict[str, Any]] = []

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            values = {name: float(value) for name, value in (logs or {}).items()}
            self.rows.append({"epoch": epoch + 1, **values})
            names = list(dict.fromkeys(name for row in self.rows for name in row))
            text = io.StringIO()
            writer = csv_format.DictWriter(text, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
            write_text(directory / "history.csv", text.getvalue())

    return CSVTracker()
