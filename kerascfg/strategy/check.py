"""Check the group `strategy` without asking for devices."""

from __future__ import annotations

from typing import Any

from kerascfg.errors import Problem
from kerascfg.naming import check_node, split_node


def check_strategy(strategy: Any, batch_size: Any) -> list[Problem]:
    """Return what is wrong: the node, and a batch that the devices cannot share evenly."""
    problems = check_node(strategy, "strategy", "strategy")
    parts = split_node(strategy)
    if problems or parts is None:
        return problems
    name, arguments = parts
    for key in ("logical_devices", "devices"):
        if isinstance(arguments.get(key), int) and arguments[key] < 1:
            message = f"expected at least 1. Received: {arguments[key]}"
            problems.append(Problem(f"strategy.{key}", message))
    count = arguments.get("logical_devices") or arguments.get("devices")
    if name == "mirrored" and isinstance(count, int):
        problems += check_shares(batch_size, count)
    return problems


def check_shares(batch_size: Any, replicas: int) -> list[Problem]:
    """Return the problem of a batch that is not divisible by the number of devices."""
    if replicas < 2 or not isinstance(batch_size, int) or batch_size % replicas == 0:
        return []
    nearest = max(replicas, round(batch_size / replicas) * replicas)
    return [
        Problem(
            "data.batch_size",
            f"expected a multiple of {replicas}, so that the devices share it evenly. "
            f"Received: {batch_size}",
            fix=f"data.batch_size={nearest}",
        )
    ]
