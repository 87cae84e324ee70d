"""Processes that try what may hang or crash: the import of a package, above all."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LIMIT_SECONDS = 60.0
_IMPORT = """\
import importlib, importlib.metadata, sys
name = sys.argv[1]
module = importlib.import_module(name)
if getattr(module, "__file__", None) is None:
    if name not in importlib.metadata.packages_distributions():
        sys.exit(f"there is a folder {name} of no package, as one that was removed leaves it")
"""


@dataclass(frozen=True)
class Trouble:
    """Why a trial did not succeed.

    Attributes:
        reason: the last line that its process wrote, or how the process ended.
        unanswered: whether its time ran out. Then nothing is known to be broken: the disk may be
            slow, or the machine busy.
    """

    reason: str
    unanswered: bool = False


def try_import(
    module: str, environment: Mapping[str, str], *, limit_seconds: float = LIMIT_SECONDS
) -> Trouble | None:
    """Import a module in a process of its own.

    Args:
        module: its name.
        environment: of the process.
        limit_seconds: how long the import may take.

    Returns:
        What went wrong, or None.
    """
    return try_command([sys.executable, "-c", _IMPORT, module], environment, limit_seconds)


def try_command(
    command: Sequence[str], environment: Mapping[str, str], limit_seconds: float
) -> Trouble | None:
    """Run a command; return what went wrong, or None."""
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
        return Trouble(f"did not answer in {limit_seconds:g} s", unanswered=True)
    if ran.returncode == 0:
        return None
    if ran.returncode < 0:
        names = {number.value: number.name for number in signal.Signals}
        return Trouble(f"its process was ended by {names.get(-ran.returncode, -ran.returncode)}")
    lines = [line.strip() for line in ran.stderr.splitlines() if line.strip()]
    return Trouble(lines[-1] if lines else f"its process ended with status {ran.returncode}")
