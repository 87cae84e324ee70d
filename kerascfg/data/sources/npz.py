"""A NumPy archive (`numpy.savez`): its arrays are the columns, their first axis the samples."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerascfg.data.digest import digest_of_file
from kerascfg.data.peek import Peek, check_place, failed
from kerascfg.data.table import Table, measured_specs
from kerascfg.errors import Problem, RunError


def npz(path: str) -> Table:
    """Yield the archive's arrays, each under its own name.

    Dtypes stay as they are, except that float64 becomes float32 and int64 int32; a feature is
    cast by `data.features: {NAME: {dtype: float32}}`.

    Args:
        path: the file.

    Raises:
        RunError: the file cannot be read, or an array holds pickled objects.
    """
    import numpy as np

    file = Path(path).expanduser()
    try:
        with np.load(file, allow_pickle=False) as archive:
            columns = {name: _array(archive, name) for name in archive.files}
    except (ValueError, zipfile.BadZipFile, EOFError, AttributeError) as error:
        raise RunError(f"{file}: expected plain arrays (numpy.savez). {error}") from error
    scalars = [name for name, values in columns.items() if values.ndim == 0]
    if scalars:
        raise RunError(f"{file}: expected arrays with one row a sample. Received: {scalars}")
    return Table(columns, measured_specs(columns), digest_of_file(file))


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Read the archive's table of contents."""
    problem = check_place(arguments, path, "a NumPy archive (.npz)")
    if problem:
        return failed(problem)
    try:
        with zipfile.ZipFile(Path(arguments["path"]).expanduser()) as archive:
            names = [n.removesuffix(".npy") for n in archive.namelist() if n.endswith(".npy")]
    except (zipfile.BadZipFile, OSError) as error:
        message = f"expected a NumPy archive (.npz). Received: {arguments['path']}: {error}"
        return failed(Problem(f"{path}.path", message))
    return Peek(tuple(names))


def _array(archive: Any, name: str) -> Any:
    try:
        return archive[name]
    except ValueError as error:
        raise ValueError(f"Array `{name}`: {error}") from error
