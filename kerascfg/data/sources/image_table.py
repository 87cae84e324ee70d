"""A CSV file with a column of images' paths; its other columns are columns like any table's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from kerascfg.data.files import find_files
from kerascfg.data.folders import fingerprint_by_size, names_of
from kerascfg.data.images import Images, check_images, has_bmp
from kerascfg.data.peek import Peek, check_path
from kerascfg.data.sources.csv import csv
from kerascfg.data.sources.csv import peek as peek_csv
from kerascfg.data.table import Table, is_text
from kerascfg.decoding import ColorMode, Fit
from kerascfg.errors import Problem, RunError, did_you_mean, override


def image_table(
    path: str | list[str] | dict[str, Any],
    image_size: list[int] | None = None,
    column: str = "image",
    root: str | None = None,
    separator: str = ",",
    color_mode: ColorMode = "rgb",
    fit: Fit = "stretch",
    antialias: bool = True,
    encoded: bool = False,
    on_error: Literal["stop", "skip"] = "stop",
) -> Table:
    """Yield the images `(height, width, channels)` under their column's name, and all columns.

    Pixels are float32 from 0 to 255, as `image_folder` yields them. The fingerprint is over the
    table and the images' paths and sizes.

    Args:
        path: the CSV file, or files as `csv` takes them.
        image_size: height and width.
        column: the column of the images' paths.
        root: the folder from which the paths are meant; null is the folder of the CSV file.
        separator: what stands between cells.
        color_mode: `rgb` or `grayscale`.
        fit: what happens where the proportions differ: `stretch` the image, `crop` it around its
            centre, or `pad` it with black.
        antialias: smooth where an image shrinks; false is faster.
        encoded: yield the files' bytes (a string) instead, for `DecodeImage` in
            `model.preprocess`; then nothing else is said of images here.
        on_error: `skip` leaves out rows that cannot be read or whose image is not there, and lists
            them.

    Raises:
        RunError: the table cannot be read, or an image that it names is not there.
    """
    import numpy as np

    table = csv(path, separator, on_error)
    if not is_text(table.columns[column]):
        raise RunError(f"{path}: expected paths in the column `{column}`. Received: numbers")
    folder = Path(root).expanduser() if root else _folders_of(path)[0]
    files = [folder / str(name) for name in table.columns[column][:]]
    place = table.name_row
    missing = {
        row: f"{place(row)}: expected the path of an image in `{column}`. Received: {file}, which "
        "is no file"
        for row, file in enumerate(files)
        if not file.is_file()
    }
    if missing and on_error == "stop":
        more = f" ({len(missing)} such rows in all)" if len(missing) > 1 else ""
        raise RunError(next(iter(missing.values())) + more)
    rows = np.array([row for row in range(table.rows) if row not in missing], dtype=np.int64)
    files = [files[row] for row in rows]
    images = Images(None if encoded else image_size, color_mode, fit, antialias, has_bmp(files))
    return replace(
        table,
        columns={n: c[rows] for n, c in table.columns.items()} | {column: names_of(files)},
        specs={**table.specs, column: images.spec},
        fingerprint=_fingerprint(table, files, folder),
        load=lambda row: {**row, column: images.load(row[column])},
        splits=None if table.splits is None else table.splits[rows],
        skipped=(*table.skipped, *missing.values()),
        place=lambda row: f"{place(int(rows[row]))}, {files[row]}",
        files=(column,),
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Read the header, and look for the folder of the images."""
    table = {key: arguments[key] for key in ("path", "separator") if key in arguments}
    seen = peek_csv(table, path)
    problems = [*seen.problems, *check_images(arguments, path)]
    column, root = arguments.get("column", "image"), arguments.get("root")
    if seen.columns is not None and column not in seen.columns:
        meant = did_you_mean(str(column), seen.columns)
        problems.append(
            Problem(
                f"{path}.column",
                f"expected the column of the images' paths, one of {', '.join(seen.columns)}. "
                f"Received: {column!r}",
                fix=override(f"{path}.column", meant) if meant else None,
            )
        )
    if root is not None:
        problem = check_path(root, f"{path}.root", "the folder of the images", folder=True)
        problems += [problem] if problem else []
    elif not seen.problems and len(folders := _folders_of(arguments["path"])) > 1:
        listed = ", ".join(map(str, folders))
        said = f"expected the folder from which paths are meant. Received: files in {listed}"
        problems.append(Problem(f"{path}.root", said))
    return replace(seen, problems=tuple(problems))


def _folders_of(path: str | list[str] | dict[str, Any]) -> list[Path]:
    return sorted({file.parent for file in find_files(path, "a CSV file").paths})


def _fingerprint(table: Table, files: Sequence[Path], folder: Path) -> str:
    both = table.fingerprint + fingerprint_by_size(files, folder)
    return hashlib.sha256(both.encode()).hexdigest()
