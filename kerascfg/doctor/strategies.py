"""The process that makes strategies: `python -m kerascfg.doctor.strategies ANSWERS.json NAME...`.

TensorFlow's settings are fixed once it has started, so that a strategy may be hindered by the one
before it. Those that are go into a process of their own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from kerascfg.errors import ConfigError, RunError


def answers(names: list[str]) -> dict[str, dict[str, Any]]:
    """Make strategies one after the other; say what comes of each."""
    import tensorflow as tf

    tf.config.list_physical_devices()
    return {name: _answer(name, alone=len(names) == 1) for name in names}


def _answer(name: str, *, alone: bool) -> dict[str, Any]:
    """Make a strategy; where another one hinders it, in a process of its own."""
    from kerascfg.doctor.trying import try_strategies
    from kerascfg.naming import build_node

    try:
        strategy = build_node(name, "strategy", "strategy")
    except ConfigError as error:
        problem = error.problems[0]
        return {"works": False, "reason": problem.message, "fix": problem.hint or problem.fix or ""}
    except RunError as error:
        made = str(error) if alone else try_strategies([name])
        return {"works": False, "reason": made, "fix": ""} if isinstance(made, str) else made[name]
    return {"works": True, "reason": f"{', '.join(strategy.devices)}: {strategy.reason}", "fix": ""}


if __name__ == "__main__":
    made = answers(sys.argv[2:])
    Path(sys.argv[1]).write_text(json.dumps(made), encoding="utf-8")
