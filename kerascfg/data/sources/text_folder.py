"""A folder of texts with one folder inside for each class, named after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.data.folders import find_class_files, peek_class_folders
from kerascfg.data.peek import Peek
from kerascfg.data.table import Table, TensorSpec

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def text_folder(path: str) -> Table:
    """Yield `text`, a string, and the target `label`, the folder's name.

    The texts are files `.txt` in UTF-8 (a byte order mark is left out). The folder may come
    divided (`train`, `validation`, `test` with the classes' folders inside). The fingerprint is
    over relative paths and sizes.

    Args:
        path: the folder.

    Raises:
        RunError: a class without texts.
    """
    files = find_class_files(path, (".txt",), "texts")
    return Table(
        files.columns("text"),
        {"text": TensorSpec((), "string"), "label": TensorSpec((), "string")},
        files.fingerprint,
        target="label",
        load=_load,
        splits=files.splits_of_rows(),
        notes=files.notes,
        place=files.place,
        files=("text",),
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Look at the folders, not at the texts."""
    return peek_class_folders(arguments, path, "text")


def _load(row: dict[str, Any]) -> dict[str, Any]:
    """Read one text; nothing that is no text must pass as one."""
    import tensorflow as tf

    content = tf.io.read_file(row["text"])
    valid = tf.strings.unicode_transcode(content, "UTF-8", "UTF-8", errors="ignore")
    checks = [
        tf.debugging.Assert(tf.greater(tf.strings.length(content), 0), [_EMPTY]),
        tf.debugging.Assert(tf.equal(content, valid), [_OTHER_ENCODING]),
    ]
    with tf.control_dependencies(checks):
        marked = tf.equal(tf.strings.substr(content, 0, 3), _BYTE_ORDER_MARK)
        begin = tf.where(marked, len(_BYTE_ORDER_MARK), 0)
        return {**row, "text": tf.strings.substr(content, begin, tf.strings.length(content))}


_EMPTY = "expected a text. Received: an empty file"
_OTHER_ENCODING = "expected UTF-8. Received: other bytes; convert it: iconv -f latin1 -t utf-8"
