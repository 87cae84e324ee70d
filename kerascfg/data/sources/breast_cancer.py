"""569 breast tumours by their cell nuclei, bundled with scikit-learn (UCI, Wisconsin)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.data.peek import Peek
from kerascfg.data.table import Table, fingerprint_of, measured_specs


def breast_cancer() -> Table:
    """Yield `features` `(30,)` and the target `tumour`: malignant (0) or benign (1)."""
    from sklearn.datasets import load_breast_cancer

    bunch: Any = load_breast_cancer()
    columns = {"features": bunch.data.astype("float32"), "tumour": bunch.target.astype("int64")}
    return Table(
        columns,
        measured_specs(columns),
        fingerprint_of(columns),
        target="tumour",
        class_names={"tumour": tuple(str(name) for name in bunch.target_names)},
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Tell the columns and the number of classes."""
    return Peek(("features", "tumour"), "tumour", classes=2)
