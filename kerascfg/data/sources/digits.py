"""1,797 handwritten digits of 8x8 pixels, bundled with scikit-learn (UCI optical recognition)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.data.peek import Peek
from kerascfg.data.sources.sklearn import peek as peek_sklearn
from kerascfg.data.sources.sklearn import sklearn
from kerascfg.data.table import Table


def digits() -> Table:
    """Yield `image` `(8, 8, 1)`, float32 in 0 to 1, and the target `digit`, 0 to 9."""
    return sklearn("digits")


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Tell the columns and the number of classes."""
    return peek_sklearn({"name": "digits"}, path)
