"""The key `checkpoint`: how often the exact state of a training is saved."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kerascfg.errors import Problem
from kerascfg.naming import read_settings

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class CheckpointSettings:
    """The key `checkpoint`.

    Attributes:
        every: `60s`, `5m`, `1h`: so much time between two checkpoints; a number: so many steps;
            null: only where a stage ends and where a signal stops the run.
    """

    every: int | str | None = "60s"

    @property
    def steps(self) -> int | None:
        """Return the steps between two checkpoints, None where time counts."""
        return self.every if isinstance(self.every, int) else None

    @property
    def seconds(self) -> float | None:
        """Return the seconds between two checkpoints, None where steps count."""
        if not isinstance(self.every, str) or not (read := _read(self.every)):
            return None
        return float(read[1]) * _UNITS[read[2]]


def read_checkpoint(given: Any) -> tuple[CheckpointSettings | None, list[Problem]]:
    """Read the key `checkpoint`; return it, or None and all problems."""
    settings, problems = read_settings(CheckpointSettings, given, "checkpoint")
    every = settings.every if settings else None
    wrong = (isinstance(every, str) and not _read(every)) or (
        isinstance(every, int) and (isinstance(every, bool) or every < 1)
    )
    if wrong:
        message = f"expected a time (60s, 5m, 1h), a number of steps or null. Received: {every!r}"
        fix = "checkpoint.every=60s"
        return None, [Problem("checkpoint.every", message, fix=fix)]
    return settings, problems


def _read(every: str) -> re.Match[str] | None:
    return re.fullmatch(r"(\d+(?:\.\d+)?) ?([smh])", every)
