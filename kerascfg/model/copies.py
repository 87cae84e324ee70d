"""What the copies of one node are made with: what is stated, `first` and the branches of `each`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kerascfg.errors import Problem
from kerascfg.model.wiring import arguments_of


@dataclass(frozen=True)
class Copy:
    """What some copies of a node are made with.

    Attributes:
        arguments: name -> value.
        homes: argument -> the key of the node below which it stands (`first`, `each.a12`), for
            those that do not stand in the node itself.
    """

    arguments: dict[str, Any]
    homes: Mapping[str, str]

    def located(self, problem: Problem, path: str) -> Problem:
        """Say of a problem of the node at `path` where its argument stands."""
        key = problem.path.removeprefix(f"{path}.").split(".")[0]
        home = self.homes.get(key)
        if home is None or not problem.path.startswith(f"{path}."):
            return problem
        at = f"{path}.{home}."
        moved = replace(problem, path=problem.path.replace(f"{path}.", at, 1))
        return replace(moved, fix=moved.fix.replace(f"{path}.", at, 1)) if moved.fix else moved


def copies_of(node: Mapping[str, Any]) -> Iterator[Copy]:
    """Yield what a node's copies are made with; those that are made alike once."""
    each, first = node.get("each"), node.get("first")
    branches: list[tuple[str, Any]] = [("", {})]
    if isinstance(each, Mapping) and each:
        branches = [(f"each.{name}", arguments) for name, arguments in each.items()]
    firsts = [first] if isinstance(first, Mapping) and first else []
    if node.get("repeat") != 1 or not firsts:
        firsts.append({})
    for home, branch in branches:
        branch = branch if isinstance(branch, Mapping) else {}
        for more in firsts:
            homes = {**{str(key): home for key in branch}, **{str(key): "first" for key in more}}
            yield Copy({**arguments_of(node), **branch, **more}, homes)
