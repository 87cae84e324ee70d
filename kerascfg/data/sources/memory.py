"""What stands in a run's config for data that `kerascfg.train` was given as a Python object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.data.peek import Peek, failed
from kerascfg.data.table import Table
from kerascfg.errors import Problem, RunError


def memory(columns: dict[str, str], fingerprint: str) -> Table:
    """Refuse: the data itself was in memory only.

    Args:
        columns: name -> dtype and shape of what the run was given.
        fingerprint: sha256 over its content.

    Raises:
        RunError: always.
    """
    raise RunError(_lost({"columns": columns, "fingerprint": fingerprint}))


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Say what has to be given again."""
    hint = "in Python: config['data']['source'] = the same arrays; then kerascfg.train(config)"
    return failed(Problem(path, _lost(arguments), hint=hint))


def _lost(arguments: Mapping[str, Any]) -> str:
    columns = ", ".join(f"{name} {said}" for name, said in arguments["columns"].items())
    return (
        "expected a source that can be read. Received: memory, which describes what a run was "
        f"given as a Python object and no file holds: {columns}; fingerprint "
        f"{arguments['fingerprint'][:12]}"
    )
