"""The files that a source's `path` names.

    path: wages.csv                              # a file,
    path: wages/*.csv                            # what a pattern matches (** is any folder),
    path: [old.csv, "new/*.csv"]                 # several of these,
    path: {train: "a/*.csv", validation: b.csv}  # or any of these by split

The rows come in the order of the files' names, whatever the order in the config or on the disc,
and a file that is named twice is read once.
"""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import glob
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.data.peek import check_path
from kerascfg.data.splitting import SPLITS
from kerascfg.errors import Problem, RunError, override, unknown_key

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Files:
    """Files in the order in which they are read.

    Attributes:
        paths: the files.
        splits: the split that each file belongs to, or None where `path` does not say.
    """

    paths: tuple[Path, ...]
    splits: tuple[str, ...] | None = None

    def splits_of_rows(self, rows: Sequence[int]) -> np.ndarray | None:
        """Return what `Table.splits` is, given the number of rows of each file."""
        import numpy as np

        return None if self.splits is None else np.repeat(np.array(self.splits), rows)


def find_files(path: str | list[str] | dict[str, Any], what: str) -> Files:
    """Return the files that `path` names.

    Args:
        path: a file, a pattern, a list of these, or a mapping of splits to these.
        what: what is expected there, as in "a CSV file".

    Raises:
        RunError: a name or pattern matches no file (any more).
    """
    found = [(split, _sorted_files(names, what)) for split, _, names in _named(path)]
    return Files(
        tuple(file for _, files in found for file in files),
        tuple(split for split, files in found for _ in files) if isinstance(path, dict) else None,
    )


def check_files(
    arguments: Mapping[str, Any], path: str, what: str, suffixes: Sequence[str]
) -> tuple[Files, list[Problem]]:
    """Check that the argument `path` of a source names files that exist.

    Args:
        arguments: the source's arguments.
        path: where the source stands in the config.
        what: what is expected there, as in "a CSV file".
        suffixes: how such files' names usually end, to find them in a folder.

    Returns:
        The files, which are none where there are problems, and the problems.
    """
    said, at = arguments.get("path"), f"{path}.path"
    problems = _check_splits(said, at) if isinstance(said, Mapping) else []
    for _, key, names in _named(said):
        where = f"{at}.{key}" if key else at
        if not names:
            problems.append(Problem(where, f"expected the path of {what}. Received: {names!r}"))
        for name in names:
            problem = _check_name(name, where, what, suffixes, names if _is_list(said, key) else ())
            problems += [problem] if problem else []
    if problems:
        return Files(()), problems
    files = find_files(arguments["path"], what)
    return files, _check_once(files, at)


def fingerprint_of_files(digests: Sequence[str]) -> str:
    """Return the fingerprint of files by their sha256: of one file its own, of several over them.

    The names of the files are not part of it, except for the order that they bring.
    """
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def place_in(files: Sequence[Path], numbers: Sequence[Sequence[int]]) -> Callable[[int], str]:
    """Return what `Table.place` is: it names file and row.

    Args:
        files: the files in the order in which they were read.
        numbers: for each file, the number in the file of each row of the table.
    """
    starts = list(accumulate(map(len, numbers), initial=0))

    def place(row: int) -> str:
        index = bisect_right(starts, row) - 1
        return f"{files[index]}, row {numbers[index][row - starts[index]]}"

    return place


def _named(path: Any) -> Iterator[tuple[str, str, list[Any]]]:
    """Yield the split ("" for none), the key below `path` and the names of each entry."""
    if not isinstance(path, Mapping):
        yield "", "", path if isinstance(path, list) else [path]
        return
    for split in SPLITS:
        if split in path:
            said = path[split]
            yield split, split, said if isinstance(said, list) else [said]


def _is_list(said: Any, key: str) -> bool:
    return isinstance(said[key] if key else said, list)


def _sorted_files(names: Sequence[str], what: str) -> list[Path]:
    files = {}
    for name in names:
        matches = _matches(name)
        if not matches:
            raise RunError(f"expected the path of {what}. Received: {name}, which does not exist")
        for match in matches:
            files.setdefault(match.resolve(), match)
    return sorted(files.values(), key=os.path.abspath)


def _matches(name: str) -> list[Path]:
    """Return the file of that very name, or those that it matches as a pattern."""
    place = Path(name).expanduser()
    if place.is_file():
        return [place]
    if not _is_pattern(name):
        return []
    found = glob(str(place), recursive=True)  # noqa: PTH207 (a path's own cannot be absolute)
    return [Path(file) for file in found if Path(file).is_file()]


def _is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def _check_name(
    name: Any, at: str, what: str, suffixes: Sequence[str], siblings: Sequence[str]
) -> Problem | None:
    """Check one name; the fix spells the whole list of `siblings` that it stands in."""

    def fixed(meant: str) -> str:
        whole = [meant if each == name else each for each in siblings]
        return override(at, whole or meant)

    if not isinstance(name, str) or not name or not _is_pattern(name):
        problem = check_path(name, at, what, fixed=fixed)
        if problem and isinstance(name, str) and name and Path(name).expanduser().is_dir():
            return _folder(name, at, what, suffixes, fixed)
        return problem
    if _matches(name):
        return None
    message = f"expected the path of {what}. Received: {name}, a pattern that matches no file"
    return Problem(
        at, message if Path(name).is_absolute() else f"{message} (looking from {Path.cwd()})"
    )


def _folder(name: str, at: str, what: str, suffixes: Sequence[str], fixed: Any) -> Problem:
    """Return the problem of a folder: with the pattern of its files, if it has such."""
    patterns = [f"{name.rstrip('/')}/*{suffix}" for suffix in suffixes]
    pattern = next(filter(_matches, patterns), None)
    return Problem(
        at,
        f"expected the path of {what}. Received: {name}, which is a folder",
        hint="a pattern names all files of a folder",
        fix=fixed(pattern) if pattern else None,
    )


def _check_splits(said: Mapping[str, Any], at: str) -> list[Problem]:
    what = "a split that has files"
    problems = [unknown_key(at, k, SPLITS, what, v) for k, v in said.items() if k not in SPLITS]
    if "train" not in said and not problems:
        problems.append(
            Problem(f"{at}.train", "required, but not given", hint="files to learn from")
        )
    return problems


def _check_once(files: Files, at: str) -> list[Problem]:
    """Refuse a file in two splits, whose rows would be learned and tested."""
    seen: dict[Path, str] = {}
    problems = []
    for file, split in zip(files.paths, files.splits or (), strict=False):
        first = seen.setdefault(file.resolve(), split)
        if first != split:
            message = f"expected each file in one split. Received: {file}, which {first} has too"
            problems.append(Problem(f"{at}.{split}", message))
    return problems
