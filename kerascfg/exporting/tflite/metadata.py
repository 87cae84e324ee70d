"""Named texts inside a LiteRT file: the `metadata` of its schema, which every runtime can list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.exporting.tflite.schema import read_schema

_IDENTIFIER = b"TFL3"
_ALIGNMENT = 16  # of the numbers in a buffer, by the schema; Python's own writer does not keep it


def with_metadata(content: bytes, texts: Mapping[str, str]) -> bytes:
    """Return a file with texts by name; in C++ `FlatBufferModel::ReadAllMetadata` returns them."""
    import numpy as np
    from ai_edge_litert.schema_py_generated import BufferT, MetadataT

    model = read_schema(content)
    model.metadata = list(model.metadata or [])
    for name, text in texts.items():
        buffer, entry = BufferT(), MetadataT()
        buffer.data = np.frombuffer(text.encode("utf-8"), np.uint8)
        entry.name, entry.buffer = name, len(model.buffers)
        model.buffers.append(buffer)
        model.metadata.append(entry)
    builder = _aligned_builder()
    builder.Finish(model.Pack(builder), file_identifier=_IDENTIFIER)
    return bytes(builder.Output())


def read_metadata(content: bytes) -> dict[str, bytes]:
    """Return what a file says by name; the converter says something too."""
    model = read_schema(content)
    return {
        entry.name.decode("utf-8"): bytes(model.buffers[entry.buffer].data)
        for entry in model.metadata or []
    }


def _aligned_builder() -> Any:
    import flatbuffers

    class Aligned(flatbuffers.Builder):
        def StartVector(self, elemSize: int, numElems: int, alignment: int) -> int:  # noqa: N802, N803
            least = _ALIGNMENT if elemSize == 1 else 1
            return super().StartVector(elemSize, numElems, max(alignment, least))

    return Aligned(1024)
