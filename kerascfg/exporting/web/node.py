"""Node.js: where it is, and how it is started."""

from __future__ import annotations

import shutil
from pathlib import Path

from kerascfg.exporting.target import Refused
from kerascfg.exporting.web import FILES


def find_node() -> str:
    """Return the program.

    Raises:
        Refused: there is none.
    """
    if program := shutil.which("node"):
        return program
    raise Refused("it runs in Node.js, which is not on PATH; install Node.js 18 or newer")


def in_node(program: str, runtime: Path, address: str) -> list[str]:
    """Return the command that asks an artefact.

    Args:
        program: from `find_node`.
        runtime: the artefact's `runtime.js`.
        address: of the server that keeps the questions.
    """
    return [program, str(FILES / "harness_node.mjs"), str(runtime), address]
