"""TensorFlow Lite Micro: opening a file in its interpreter."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kerascfg.exporting.target import Lacking

LEAST, MOST = 512, 2**26
"""With less the interpreter's own parts find no place, and it ends the process; no microcontroller
has more."""
_MISSING = re.compile(r"Didn't find op for builtin opcode '(\w+)'")


def expect_runnable(content: bytes) -> None:
    """Open a file with more memory than it can need.

    Raises:
        Lacking: the interpreter has no kernel for an operation, or not for its types.
    """
    opened = open_micro(content, MOST)
    if not isinstance(opened, str):
        return
    if missing := _MISSING.search(opened):
        raise Lacking(
            f"TensorFlow Lite Micro has no operation {missing[1]}; use layers and activations "
            "without it"
        )
    raise Lacking(f"TensorFlow Lite Micro cannot run it: {opened}")


def open_micro(content: bytes, arena: int) -> Any:
    """Return the interpreter of a file with an arena of so many bytes, or its words why not."""
    from tflite_micro.python.tflite_micro.runtime import Interpreter

    with _said_on_stderr() as said:
        try:
            return Interpreter.from_bytes(content, arena_size=arena)
        except RuntimeError as error:
            lines = said.read_text(encoding="utf-8", errors="replace").splitlines()
            return " ".join([str(error), *filter(None, map(str.strip, lines))])


@contextmanager
def _said_on_stderr() -> Iterator[Path]:
    """Keep what the interpreter, which is C++, writes on the standard error: its only reasons."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "stderr"
        before = os.dup(2)
        with said.open("wb") as stream:
            os.dup2(stream.fileno(), 2)
            try:
                yield said
            finally:
                os.dup2(before, 2)
                os.close(before)
