"""A LiteRT file as the objects of its schema."""

from __future__ import annotations

from typing import Any


def read_schema(content: bytes) -> Any:
    """Return the `ModelT` of a file: `subgraphs`, each with `operators` and `tensors`; `buffers`.

    Its constants share memory with `content`.
    """
    from ai_edge_litert.tools.flatbuffer_utils import read_model_from_bytearray

    return read_model_from_bytearray(content)
