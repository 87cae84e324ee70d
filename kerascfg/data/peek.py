"""What can be told of a source without reading its data: its columns, and what is wrong with it.

A source's module may define `peek(arguments, path) -> Peek` beside its function; a check calls it
and imports nothing heavy. A source without one is only checked when it is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from kerascfg.errors import Problem, did_you_mean, override


@dataclass(frozen=True)
class Peek:
    """What a check knows of a source.

    Attributes:
        columns: its columns' names, or None where only reading the data would tell.
        target: the column that is the target unless the config says otherwise.
        classes: how many classes that column has, or None where it has none or reading would tell.
        problems: what is wrong with its arguments or files.
        spans: whether its samples reach over spans of time (see `table.Table`).
    """

    columns: tuple[str, ...] | None = None
    target: str | None = None
    classes: int | None = None
    problems: tuple[Problem, ...] = ()
    spans: bool = False


def failed(problem: Problem) -> Peek:
    """Return the peek of a source that cannot be opened."""
    return Peek(problems=(problem,))


def check_place(
    arguments: Mapping[str, Any], path: str, what: str, folder: bool = False
) -> Problem | None:
    """Check that the argument `path` of a source names an existing file or folder.

    Args:
        arguments: the source's arguments.
        path: where the source stands in the config.
        what: what is expected there, as in "a CSV file".
        folder: whether it must be a folder.
    """
    return check_path(arguments.get("path"), f"{path}.path", what, folder)


def check_path(
    said: Any,
    at: str,
    what: str,
    folder: bool = False,
    fixed: Callable[[str], str] | None = None,
) -> Problem | None:
    """Check that a value names an existing file or folder.

    Args:
        said: the value.
        at: where it stands in the config.
        what: what is expected there, as in "a CSV file".
        folder: whether it must be a folder.
        fixed: spells the override that puts the right path there; without it, `at` is set.
    """
    if not isinstance(said, str) or not said:
        return Problem(at, f"expected the path of {what}. Received: {said!r}")
    place = Path(said).expanduser()
    if place.is_dir() if folder else place.is_file():
        return None
    if place.exists():
        kind = "file" if folder else "folder"
        return Problem(at, f"expected the path of {what}. Received: {said}, which is a {kind}")
    siblings = _names_in(place.parent)
    if siblings is None:
        return Problem(
            at,
            f"expected the path of {what}. Received: {said}, but there is no folder "
            f"{place.parent} (looking from {Path.cwd()})",
        )
    meant = did_you_mean(place.name, siblings)
    return Problem(
        at,
        f"expected the path of {what}. Received: {said}, which does not exist"
        + ("" if place.is_absolute() else f" (looking from {Path.cwd()})"),
        hint=f"did you mean `{meant}`?" if meant else None,
        fix=(fixed or partial(override, at))(str(Path(said).parent / meant)) if meant else None,
    )


def _names_in(folder: Path) -> list[str] | None:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return None
