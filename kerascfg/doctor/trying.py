"""Strategies, tried in processes of their own: they start TensorFlow, which may hang or crash."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kerascfg.exporting.processes import importable
from kerascfg.exporting.tools.trying import LIMIT_SECONDS, Trouble, try_command

Answer = dict[str, Any]
"""Of a strategy: `{"works", "reason", "fix"}`."""


AGAIN = "look again when the machine has less to do: kerascfg doctor"
"""What to do about a trial whose time ran out."""


def try_strategies(
    names: Sequence[str], *, limit_seconds: float = LIMIT_SECONDS
) -> dict[str, Answer]:
    """Make strategies in one process; those that failed there, in one for each.

    TensorFlow's settings are fixed once it has started, so that a strategy may be hindered by the
    one before it, and one that crashes takes the others with it.

    Args:
        names: of strategies.
        limit_seconds: how long a process may take.

    Returns:
        Strategy -> its answer.
    """
    made = _make(names, limit_seconds)
    match made:
        case Trouble(unanswered=True):
            return dict.fromkeys(names, _failed(made))
        case Trouble():
            made = {}
    return {name: made.get(name) or _alone(name, limit_seconds) for name in names}


def _alone(name: str, limit_seconds: float) -> Answer:
    """Make a strategy by itself."""
    made = _make([name], limit_seconds)
    return _failed(made) if isinstance(made, Trouble) else made[name]


def _failed(trouble: Trouble) -> Answer:
    if trouble.unanswered:
        return {"works": False, "reason": f"its process {trouble.reason}", "fix": AGAIN}
    return {"works": False, "reason": f"TensorFlow does not start: {trouble.reason}", "fix": ""}


def _make(names: Sequence[str], limit_seconds: float) -> dict[str, Any] | Trouble:
    environment = importable({"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ})
    with tempfile.TemporaryDirectory() as folder:
        answers = Path(folder) / "answers.json"
        command = [sys.executable, "-m", "kerascfg.doctor.strategies", str(answers), *names]
        trouble = try_command(command, environment, limit_seconds)
        return trouble or json.loads(answers.read_text(encoding="utf-8"))
