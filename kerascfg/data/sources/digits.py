"""1,797 handwritten digits of 8x8 pixels, bundled with scikit-learn (UCI optical recognition)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.data.peek import Peek
from kerascfg.data.table import Table, fingerprint_of, measured_specs


def digits() -> Table:
    """Yield `image` `(8, 8, 1)`, float32 in 0 to 1, and the target `digit`, 0 to 9."""
    from sklearn.datasets import load_digits

    bunch: Any = load_digits()
    columns = {
        "image": (bunch.images[..., None] / 16).astype("float32"),
        "digit": bunch.target.astype("int64"),
    }
    return Table(
        columns,
        measured_specs(columns),
        fingerprint_of(columns),
        target="digit",
        class_names={"digit": tuple("0123456789")},
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Tell the columns and the number of classes."""
    return Peek(("image", "digit"), "digit", classes=10)
