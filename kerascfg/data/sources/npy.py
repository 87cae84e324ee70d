"""NumPy files (`numpy.save`), one a column, read when asked: they may be larger than memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerascfg.data.digest import digest_of
from kerascfg.data.mapped import MappedColumn, open_npy
from kerascfg.data.peek import Peek, check_path, failed
from kerascfg.data.table import Table, measured_specs
from kerascfg.errors import Problem, RunError


def npy(path: str | dict[str, str]) -> Table:
    """Yield an array of each file; their first axis is the samples.

    Dtypes stay as they are, except that float64 becomes float32 and int64 int32, as in `npz`.

    Args:
        path: a folder, whose files `NAME.npy` become columns NAME; or name -> file.

    Raises:
        RunError: a file is not what `numpy.save` writes, or cannot be mapped (Python objects,
            records, Fortran order).
    """
    files = _files(path)
    columns = {}
    for name, file in files.items():
        opened = open_npy(file)
        if opened.dtype.names:
            raise RunError(f"{file}: expected one array. Received: records {opened.dtype.names}")
        columns[name] = MappedColumn(opened)
    return Table(columns, measured_specs(columns), digest_of(files.values()))


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Look for the files."""
    said, at = arguments.get("path"), f"{path}.path"
    if isinstance(said, Mapping) and said:
        found = [check_path(file, f"{at}.{name}", "a NumPy file") for name, file in said.items()]
        problems = tuple(problem for problem in found if problem)
        return Peek(problems=problems) if problems else Peek(tuple(said))
    what = "a folder of NumPy files (.npy), or name: file"
    problem = check_path(said, at, what, folder=True)
    if problem:
        return failed(problem)
    names = tuple(_files(str(said)))
    if not names:
        return failed(Problem(at, f"expected {what}. Received: {said}, which has none"))
    return Peek(names)


def _files(path: str | dict[str, str]) -> dict[str, Path]:
    if isinstance(path, str):
        return {file.stem: file for file in sorted(Path(path).expanduser().glob("*.npy"))}
    return {name: Path(file).expanduser() for name, file in path.items()}
