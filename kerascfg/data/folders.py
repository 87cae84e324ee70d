"""Files in folders that are named after their classes, and divided into splits or not.

flowers/aster/1.png              # a folder for each class,
flowers/train/aster/1.png        # or a folder for each split, with one for each class inside
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.data.peek import Peek, check_place, failed
from kerascfg.errors import Problem, RunError

if TYPE_CHECKING:
    import numpy as np

_SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


@dataclass(frozen=True)
class ClassFiles:
    """Files with the classes that their folders' names say.

    Attributes:
        paths: the files, in the order of the splits, classes and names.
        labels: the class of each.
        splits: the split of each, or None where the folder does not come divided.
        fingerprint: sha256 over names below the folder and sizes.
        notes: which other files were left out.
    """

    paths: tuple[Path, ...]
    labels: tuple[str, ...]
    splits: tuple[str, ...] | None
    fingerprint: str
    notes: tuple[str, ...]

    def place(self, row: int) -> str:
        """Name the file of a row."""
        return str(self.paths[row])

    def only(self, rows: Sequence[int]) -> ClassFiles:
        """Return the files of some rows."""
        return replace(
            self,
            paths=tuple(self.paths[row] for row in rows),
            labels=tuple(self.labels[row] for row in rows),
            splits=tuple(self.splits[row] for row in rows) if self.splits else None,
        )

    def columns(self, feature: str) -> dict[str, np.ndarray]:
        """Return the names of the files, for `load`, and the column `label`."""
        return {feature: names_of(self.paths), "label": _objects(self.labels)}

    def splits_of_rows(self) -> np.ndarray | None:
        """Return what `Table.splits` is."""
        return None if self.splits is None else _objects(self.splits).astype(str)


def find_class_files(path: str, suffixes: Sequence[str], what: str) -> ClassFiles:
    """Return the files of all classes.

    Args:
        path: the folder.
        suffixes: how their names end; others are left out, and so are hidden ones.
        what: what they are, as in "images".

    Raises:
        RunError: a class without files.
    """
    root = Path(path).expanduser()
    paths, labels, splits, others = [], [], [], []
    for split, parent in _parents(root):
        for folder in _folders(parent):
            found = files_below(folder)
            right = [file for file in found if file.suffix.lower() in suffixes]
            if not right:
                listed = ", ".join(suffixes)
                raise RunError(f"{folder}: expected {what} ({listed}). Received: none")
            paths += right
            labels += [folder.name] * len(right)
            splits += [split] * len(right)
            others += [file for file in found if file.suffix.lower() not in suffixes]
    return ClassFiles(
        tuple(paths),
        tuple(labels),
        tuple(splits) if splits[0] else None,
        fingerprint_by_size(paths, root),
        note_of_others(others, root, what),
    )


def peek_class_folders(arguments: Mapping[str, Any], path: str, feature: str) -> Peek:
    """Look at the folders, not at the files.

    Args:
        arguments: the source's arguments.
        path: where the source stands in the config.
        feature: the name of the feature that the files become.
    """
    problem = check_place(arguments, path, "a folder with one folder for each class", folder=True)
    if problem:
        return failed(problem)
    root = Path(arguments["path"]).expanduser()
    classes = {str(at): {folder.name for folder in _folders(at)} for _, at in _parents(root)}
    problem = _check_splits(root, f"{path}.path") or _check_classes(classes, f"{path}.path")
    if problem:
        return failed(problem)
    return Peek((feature, "label"), "label", classes=len(next(iter(classes.values()))))


def files_below(folder: Path) -> list[Path]:
    """Return all files below a folder that are not hidden, sorted."""
    return sorted(
        Path(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if not name.startswith(".")
    )


def names_of(paths: Iterable[Path]) -> np.ndarray:
    """Return the names of files as TensorFlow reads them: bytes, in a column."""
    return _objects([os.fsencode(path) for path in paths])


def fingerprint_by_size(paths: Iterable[Path], root: Path) -> str:
    """Return the sha256 over the names of files, seen from a folder, and their sizes."""
    digest = hashlib.sha256()
    for path in paths:
        relative = Path(os.path.relpath(path, root)).as_posix()
        digest.update(os.fsencode(f"{relative}\0{_size_of(path)}\n"))
    return digest.hexdigest()


def _size_of(path: Path) -> int | None:
    """Return a file's size, None where it is gone: who loads it says so."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def note_of_others(others: Sequence[Path], root: Path, what: str) -> tuple[str, ...]:
    """Say how many files were left out because they are not what was expected, if any."""
    if not others:
        return ()
    first = others[0].relative_to(root).as_posix()
    return (f"{len(others)} files of {root} are no {what} and were left out (such as {first})",)


def _objects(values: Sequence[Any]) -> np.ndarray:
    import numpy as np

    return np.array(values, dtype=object)


def _folders(root: Path) -> list[Path]:
    return sorted(entry for entry in root.iterdir() if entry.is_dir() and entry.name[0] != ".")


def _parents(root: Path) -> list[tuple[str, Path]]:
    """Return the folders that hold folders of classes, each with its split ("" for none).

    A folder comes divided if all folders in it are named after splits and hold folders: `train`
    and `test` with files in them may be classes.
    """
    found = _folders(root)
    splits = [_SPLITS.get(folder.name.lower(), "") for folder in found]
    if "train" not in splits or not all(splits) or not all(map(_folders, found)):
        return [("", root)]
    order = list(dict.fromkeys(_SPLITS.values()))
    return sorted(zip(splits, found, strict=True), key=lambda each: order.index(each[0]))


def _check_splits(root: Path, at: str) -> Problem | None:
    parents = _parents(root)
    for (split, first), (again, second) in pairwise(parents):
        if split == again:
            return Problem(
                at,
                f"expected one folder for each split. Received: {first} and {second}, which are "
                f"both {split}",
            )
    return None


def _check_classes(classes: Mapping[str, set[str]], at: str) -> Problem | None:
    """Check that there are two classes or more, and the same in each folder of a split."""
    (first, names), *others = classes.items()
    if odd := sorted(ascii(name) for each in classes.values() for name in each if _is_odd(name)):
        message = f"expected folders whose names are UTF-8. Received: {odd[0]} in {first}"
        return Problem(at, message, hint="a class is named after its folder: rename it")
    if len(names) < 2:
        listed = f"only `{min(names)}`" if names else "no folder in it"
        return Problem(
            at,
            "expected a folder with one folder for each class, two or more. "
            f"Received: {first}, {listed}",
        )
    for folder, found in others:
        if found != names:
            more = [f"{folder} has {', '.join(sorted(found - names))}"] if found - names else []
            less = [f"{first} has {', '.join(sorted(names - found))}"] if names - found else []
            return Problem(
                at,
                f"expected the same classes in {first} and {folder}. "
                f"Received: only {' and only '.join(more + less)}",
            )
    return None


def _is_odd(name: str) -> bool:
    """Tell whether the bytes of a file's name are no UTF-8, so that nothing can print it."""
    return any("\ud800" <= letter <= "\udfff" for letter in name)
