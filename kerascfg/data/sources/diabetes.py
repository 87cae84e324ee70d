"""442 diabetes patients and how the disease went on, bundled with scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.data.peek import Peek
from kerascfg.data.table import Table, fingerprint_of, measured_specs


def diabetes() -> Table:
    """Yield `features` `(10,)`, standardised, and the target `progression` after a year."""
    from sklearn.datasets import load_diabetes

    bunch: Any = load_diabetes()
    columns = {
        "features": bunch.data.astype("float32"),
        "progression": bunch.target.astype("float32"),
    }
    return Table(
        columns,
        measured_specs(columns),
        fingerprint_of(columns),
        target="progression",
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Tell the columns."""
    return Peek(("features", "progression"), "progression")
