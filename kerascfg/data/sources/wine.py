"""178 Italian wines by their chemistry, bundled with scikit-learn (UCI)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.data.peek import Peek
from kerascfg.data.sources.sklearn import peek as peek_sklearn
from kerascfg.data.sources.sklearn import sklearn
from kerascfg.data.table import Table


def wine() -> Table:
    """Yield `features` `(13,)` in the units of the survey and the target `wine`, three growers."""
    return sklearn("wine")


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Tell the columns and the number of classes."""
    return peek_sklearn({"name": "wine"}, path)
