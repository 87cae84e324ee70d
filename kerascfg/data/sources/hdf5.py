"""An HDF5 file: its datasets are columns, read when asked, so that it may be larger than memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kerascfg.data.digest import digest_of
from kerascfg.data.peek import Peek, check_place, failed
from kerascfg.data.table import Column, Table, TensorSpec
from kerascfg.errors import Problem, RunError

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def hdf5(path: str, group: str = "/") -> Table:
    """Yield the datasets of a group; their first axis is the samples.

    A dataset in a group inside is named by its path: `left/image` becomes `left_image`. Dtypes
    stay as they are, except that float64 becomes float32 and int64 int32. A dataset of variable
    length is a feature of shape `[null]`. One that is stored in one piece is read fastest;
    of one that is compressed, a whole chunk is read for each row.

    Args:
        path: the file.
        group: the group whose datasets are taken.

    Raises:
        RunError: it is no HDF5 file, lacks the group, two datasets get one name, or they differ in
            length.
    """
    import h5py

    from kerascfg.data.hdf5_columns import column_of

    file = Path(path).expanduser()
    try:
        opened: Any = h5py.File(file, "r")
    except OSError as error:
        raise RunError(f"{file}: expected an HDF5 file. {error}") from error
    found = opened.get(group)
    if not isinstance(found, h5py.Group):
        raise RunError(
            f"{file}: expected a group {group}. Received: a file with {', '.join(opened)}"
        )
    columns: dict[str, Column] = {}
    specs: dict[str, TensorSpec] = {}
    others = []
    for name, dataset in _datasets(found):
        made = column_of(dataset, file)
        if name in columns:
            raise RunError(
                f"{file}: expected each name once. Received: `{name}` twice\n"
                "  hint: a dataset in a group is named by its path; `group` takes one group's"
            )
        if made is None:
            others.append(name)
        else:
            columns[name], specs[name] = made
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise RunError(
            f"{file}: expected datasets of one length. Received: {listed}\n"
            "  hint: `group` of the source takes those of one group only"
        )
    listed = ", ".join(others)
    notes = (f"{file}: left out, having no rows of plain values: {listed}",) if others else ()
    return Table(columns, specs, digest_of([file]), notes=notes)


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Look for the file's signature."""
    problem = check_place(arguments, path, "an HDF5 file")
    if problem:
        return failed(problem)
    file = Path(arguments["path"]).expanduser()
    with file.open("rb") as stream:
        # It stands at the start, or behind a user's block of 512 bytes, 1024, 2048, ...
        for at in (0, *(512 * 2**power for power in range(12))):
            stream.seek(at)
            if stream.read(len(_SIGNATURE)) == _SIGNATURE:
                return Peek()
    return failed(Problem(f"{path}.path", f"expected an HDF5 file. Received: {arguments['path']}"))


def _datasets(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    import h5py

    for name, item in group.items():
        if isinstance(item, h5py.Group):
            yield from _datasets(item, f"{prefix}{name}_")
        else:
            yield prefix + name, item
