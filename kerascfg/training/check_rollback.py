"""Does anything set the rate that a rollback has made smaller?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import Problem
from kerascfg.naming import split_node

_SETS_RATE = "LearningRateScheduler"


def check_rollback(train: Any, callbacks: Any) -> list[Problem]:
    """Return the callbacks that would undo what `train.on_nan: rollback` does to the rate.

    Args:
        train: the group `train`.
        callbacks: name -> node.
    """
    if not isinstance(train, Mapping) or train.get("on_nan") != "rollback":
        return []
    named = ((name, split_node(node)) for name, node in (callbacks or {}).items() if node)
    return [
        Problem(
            f"callbacks.{name}",
            f"expected no {_SETS_RATE} beside train.on_nan=rollback: it sets the rate anew each "
            "epoch, and would take back what the rollback has made smaller",
            hint="a schedule as optimizer.learning_rate is scaled: optimizer/schedule=cosine",
            fix="train.on_nan=stop",
        )
        for name, parts in named
        if parts and parts[0].rpartition(".")[2] == _SETS_RATE
    ]
