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
from kerascfg.exporting.tflite.ends import read_ends

LEAST, MOST = 512, 2**26
"""With less the interpreter's own parts find no place, and it ends the process; no microcontroller
has more."""
_OF_MASKS = re.compile(r"Type 'BOOL' is not supported by gather|Node UNPACK \(number \d+\) failed")
"""A step of a mask is a bool, which these have no kernel for; they take steps of numbers."""
_MISSING = re.compile(r"Didn't find op for builtin opcode '(\w+)'")


def expect_runnable(content: bytes) -> None:
    """Open a file with more memory than it can need, and let it answer zeros.

    Raises:
        Lacking: the interpreter has no kernel for an operation, or not for its types.
    """
    opened = open_micro(content, MOST, ask=True)
    if not isinstance(opened, str):
        return
    if missing := _MISSING.search(opened):
        raise Lacking(
            f"TensorFlow Lite Micro has no operation {missing[1]}; use layers and activations "
            "without it, or put them into model.preprocess, so that the artefact starts behind them"
        )
    if _OF_MASKS.search(opened):
        raise Lacking(
            "TensorFlow Lite Micro has no kernel that takes the steps of a mask one by one; put no "
            "Masking and no mask_zero before a recurrent layer"
        )
    raise Lacking(f"TensorFlow Lite Micro cannot run it: {opened}")


def open_micro(content: bytes, arena: int, *, ask: bool = False) -> Any:
    """Return the interpreter of a file with an arena of so many bytes, or its words why not.

    Args:
        content: the file.
        arena: bytes.
        ask: whether it has to answer zeros, too: some kernels refuse a type only then.
    """
    import numpy as np
    from tflite_micro.python.tflite_micro.runtime import Interpreter

    with _said_on_stderr() as said:
        try:
            interpreter = Interpreter.from_bytes(content, arena_size=arena)
            if ask:
                for end in read_ends(content)[0]:
                    interpreter.set_input(np.zeros(end.shape, end.dtype), end.place)
                interpreter.invoke()
            return interpreter
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
