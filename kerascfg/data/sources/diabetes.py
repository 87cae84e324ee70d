"""442 diabetes patients and how the disease went on, bundled with scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.data.peek import Peek
from kerascfg.data.sources.sklearn import peek as peek_sklearn
from kerascfg.data.sources.sklearn import sklearn
from kerascfg.data.table import Table


def diabetes() -> Table:
    """Yield `features` `(10,)`, standardised, and the target `progression` after a year."""
    return sklearn("diabetes")


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Tell the columns."""
    return peek_sklearn({"name": "diabetes"}, path)
