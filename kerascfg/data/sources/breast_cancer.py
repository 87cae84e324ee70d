"""569 breast tumours by their cell nuclei, bundled with scikit-learn (UCI, Wisconsin)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.data.peek import Peek
from kerascfg.data.sources.sklearn import peek as peek_sklearn
from kerascfg.data.sources.sklearn import sklearn
from kerascfg.data.table import Table


def breast_cancer() -> Table:
    """Yield `features` `(30,)` and the target `tumour`: malignant (0) or benign (1)."""
    return sklearn("breast_cancer")


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Tell the columns and the number of classes."""
    return peek_sklearn({"name": "breast_cancer"}, path)
