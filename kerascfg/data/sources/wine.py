"""178 Italian wines by their chemistry, bundled with scikit-learn (UCI)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.data.peek import Peek
from kerascfg.data.table import Table, fingerprint_of, measured_specs


def wine() -> Table:
    """Yield `features` `(13,)` in the units of the survey and the target `wine`, three growers."""
    from sklearn.datasets import load_wine

    bunch: Any = load_wine()
    columns = {"features": bunch.data.astype("float32"), "wine": bunch.target.astype("int64")}
    return Table(
        columns,
        measured_specs(columns),
        fingerprint_of(columns),
        target="wine",
        class_names={"wine": tuple(str(name) for name in bunch.target_names)},
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Tell the columns and the number of classes."""
    return Peek(("features", "wine"), "wine", classes=3)
