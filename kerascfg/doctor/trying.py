"""Processes that try what may hang or crash: an import, a strategy."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kerascfg.exporting.processes import importable

LIMIT_SECONDS = 60.0
_IMPORT = """\
import importlib, importlib.metadata, sys
name = sys.argv[1]
module = importlib.import_module(name)
if getattr(module, "__file__", None) is None:
    if name not in importlib.metadata.packages_distributions():
        sys.exit(f"there is a folder {name} of no package, as one that was removed leaves it")
"""


def try_import(
    module: str, environment: Mapping[str, str], *, limit_seconds: float = LIMIT_SECONDS
) -> str | None:
    """Import a module in a process of its own.

    Args:
        module: its name.
        environment: of the process.
        limit_seconds: how long the import may take.

    Returns:
        What went wrong, or None.
    """
    return _run([sys.executable, "-c", _IMPORT, module], environment, limit_seconds)


def try_strategies(
    names: Iterable[str], *, limit_seconds: float = LIMIT_SECONDS
) -> dict[str, dict[str, Any]] | str:
    """Make strategies in a process of their own, which starts TensorFlow.

    Args:
        names: of strategies.
        limit_seconds: how long that may take.

    Returns:
        Strategy -> `{"works", "reason", "fix"}`; a text says why TensorFlow could not be started.
    """
    environment = importable({"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ})
    with tempfile.TemporaryDirectory() as folder:
        answers = Path(folder) / "answers.json"
        command = [sys.executable, "-m", "kerascfg.doctor.strategies", str(answers), *names]
        trouble = _run(command, environment, limit_seconds)
        return trouble or json.loads(answers.read_text(encoding="utf-8"))


def _run(command: list[str], environment: Mapping[str, str], limit_seconds: float) -> str | None:
    """Run a command; say how it failed (the last line that it wrote), or None."""
    try:
        ran = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=limit_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it is not done after {limit_seconds:.0f} s"
    if ran.returncode == 0:
        return None
    if ran.returncode < 0:
        names = {number.value: number.name for number in signal.Signals}
        return f"its process was ended by {names.get(-ran.returncode, -ran.returncode)}"
    lines = [line.strip() for line in ran.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else f"its process ended with status {ran.returncode}"
