"""The process that makes strategies: `python -m kerascfg.doctor.strategies ANSWERS.json NAME...`.

What it writes has null for a strategy that failed behind others, which may have hindered it: that
one is asked again, by itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from kerascfg.config.folders import shipped_conf
from kerascfg.errors import ConfigError, RunError


def answers(names: list[str]) -> dict[str, dict[str, Any] | None]:
    """Make strategies one after the other; say what comes of each."""
    import tensorflow as tf

    tf.config.list_physical_devices()
    return {name: _answer(name, alone=len(names) == 1) for name in names}


def _answer(name: str, *, alone: bool) -> dict[str, Any] | None:
    from kerascfg.naming import build_node

    try:
        strategy = build_node(_node(name), "strategy", "strategy")
    except ConfigError as error:
        problem = error.problems[0]
        return {"works": False, "reason": problem.message, "fix": problem.hint or problem.fix or ""}
    except RunError as error:
        return {"works": False, "reason": str(error), "fix": ""} if alone else None
    return {"works": True, "reason": f"{', '.join(strategy.devices)}: {strategy.reason}", "fix": ""}


def _node(name: str) -> Any:
    """Return a strategy as its file in the package's `conf/strategy/` has it."""
    return yaml.safe_load((shipped_conf() / "strategy" / f"{name}.yaml").read_text("utf-8"))


if __name__ == "__main__":
    made = answers(sys.argv[2:])
    Path(sys.argv[1]).write_text(json.dumps(made), encoding="utf-8")
