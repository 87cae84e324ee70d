"""What a graph may do besides computing: a SavedModel is a program, and it may be a stranger's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascfg.errors import RunError

REFUSED = frozenset(
    {
        *("WriteFile", "ReadFile", "MatchingFiles", "DumpTensor", "ImmutableConst"),
        *("PyFunc", "PyFuncStateless", "EagerPyFunc", "TFRecordReaderV2", "TextLineReaderV2"),
        *("WholeFileReaderV2", "FixedLengthRecordReaderV2", "TextLineDataset", "TFRecordDataset"),
        *("FixedLengthRecordDatasetV2", "SaveDatasetV2", "LoadDataset", "DebugIdentityV2"),
    }
)
"""Operations that read or write files of their choice, or that call Python."""


def refuse_operations(graph: Any, name: str) -> None:
    """Refuse a graph that reads or writes files of its choice, before anything of it runs.

    The operations by which variables are saved stay: every SavedModel has them, and its signatures
    do not call them.

    Args:
        graph: `MetaGraphDef` of a SavedModel.
        name: what it is, for the message.

    Raises:
        RunError: it has such operations.
    """
    found = sorted({node.op for node in _nodes(graph.graph_def) if _is_refused(node)})
    if found:
        raise RunError(
            f"expected {name} to compute and no more. Received: it has {', '.join(found)}, which "
            "read or write files, or run Python; nothing of it was run"
        )


def _is_refused(node: Any) -> bool:
    if node.op == "PrintV2":  # to the terminal is fine, it also takes a file
        return b"file:" in node.attr["output_stream"].s
    return node.op in REFUSED


def _nodes(graph_def: Any) -> Iterator[Any]:
    yield from graph_def.node
    for function in graph_def.library.function:
        yield from function.node_def
