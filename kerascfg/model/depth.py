"""Room for deep graphs: Keras follows a graph by recursion, one call for each node of a path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def room_for(nodes: int) -> Iterator[None]:
    """Let Python call as deep as a graph of so many nodes can be, where its limit is lower.

    Python's calls of Python functions use no stack of the machine (since 3.11), so that this costs
    memory only.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, before + 2 * nodes))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
