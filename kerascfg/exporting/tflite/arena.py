"""How small the arena of TensorFlow Lite Micro may be for a file: found by trying.

Where an arena is too small, the interpreter says so, or ends its process: each size is tried in a
process of its own. `python -m kerascfg.exporting.tflite.arena FILE` prints the smallest; that
process holds little, so that a copy of it is made in no time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from kerascfg.errors import RunError
from kerascfg.exporting.tflite.micro import LEAST, MOST, open_micro

_ALIGNMENT = 16


def smallest_arena(content: bytes) -> int:
    """Return the bytes of the smallest arena in which a runnable file runs here.

    Measured with the reference kernels on a machine of 64 bits: on a microcontroller, whose
    pointers are half as long, it is enough for these. Optimised kernels (CMSIS-NN, ESP-NN) may ask
    for more, as room for their sums.

    Raises:
        RunError: it could not be measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.tflite"
        file.write_bytes(content)
        command = [sys.executable, "-m", __name__, str(file)]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode:
        raise RunError(f"the size of the arena could not be measured: {said.stderr.strip()}")
    return int(said.stdout)


def _search(content: bytes) -> int:
    if isinstance(said := open_micro(content, MOST), str):  # loads what the copies need, too
        raise RunError(said)
    enough = 2 * LEAST
    while not _runs(content, enough):
        enough *= 2
    too_small = enough // 2
    while enough - too_small > _ALIGNMENT:
        middle = (enough + too_small) // 2 // _ALIGNMENT * _ALIGNMENT
        if _runs(content, middle):
            enough = middle
        else:
            too_small = middle
    return enough


def _runs(content: bytes, arena: int) -> bool:
    """Tell whether a file opens in a copy of this process, which may end of it."""
    child = os.fork()
    if child == 0:
        os._exit(isinstance(open_micro(content, arena), str))
    _, status = os.waitpid(child, 0)
    return status == 0


if __name__ == "__main__":
    print(_search(Path(sys.argv[1]).read_bytes()))
