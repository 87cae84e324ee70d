"""A data set of Hugging Face's (`datasets`): a folder on this machine, or a name on the hub."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.data.arrow.columns import (
    ArrowColumn,
    OddValueError,
    can_be_read,
    lacks,
    may_lack,
    plain_type,
)
from kerascfg.data.cells import tabular_specs
from kerascfg.data.images import Images, is_count, loaded_images
from kerascfg.data.peek import Peek, failed
from kerascfg.data.splitting.settings import SPLITS
from kerascfg.data.table import Column, Table, fingerprint_of
from kerascfg.errors import Problem, RunError, override

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, eq=False)
class _Bytes:
    """A column of images' bytes, read when asked."""

    dataset: Any
    name: str

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.dataset.num_rows,)

    @property
    def dtype(self) -> np.dtype:
        import numpy as np

        return np.dtype(object)

    def __len__(self) -> int:
        return self.dataset.num_rows

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        import numpy as np

        numbers = np.arange(len(self))[rows]
        cells = self.dataset[numbers.tolist()][self.name]
        return np.array(
            [_content(cell, self.name, n) for cell, n in zip(cells, numbers, strict=True)],
            object,
        )


def huggingface(
    path: str,
    name: str | None = None,
    image_size: list[int] | None = None,
    columns: list[str] | None = None,
) -> Table:
    """Yield the columns of a data set: numbers, texts, classes, and images.

    Numbers and texts are in memory, as those of a Parquet file are; images are read when asked and
    are float32 `(height, width, 3)` from 0 to 255. Nothing is asked of the hub where the
    environment says `HF_HUB_OFFLINE=1`; what it has sent before is then found in its cache. The
    fingerprint is over the numbers, the texts and the number of images.

    Args:
        path: a folder that `Dataset.save_to_disk` wrote, or one of CSV, JSON, Parquet, text or
            image files, or a name on the hub (`stanfordnlp/imdb`).
        name: the configuration, where the data set has several.
        image_size: height and width, to which images are resized.
        columns: the columns to read; null reads all.

    Raises:
        RunError: it cannot be read or fetched, or a column is of a kind that cannot be read.
    """
    import datasets

    parts = _parts(path, name)
    splits = [split for split in SPLITS if split in parts] or sorted(parts)[:1]
    whole: Any = datasets.concatenate_datasets([parts[split] for split in splits])
    chosen = columns or list(whole.column_names)
    lacking = [each for each in chosen if each not in whole.column_names]
    if lacking:
        known = ", ".join(whole.column_names)
        raise RunError(f"{path}: expected columns of it ({known}). Received: {lacking[0]}")
    pictures = [each for each in chosen if isinstance(whole.features[each], datasets.Image)]
    if pictures and image_size is None:
        raise RunError(
            f"{path}: expected `image_size`, since `{pictures[0]}` has images. Received: null"
        )
    plain = {each: _values(whole, each, path) for each in chosen if each not in pictures}
    for each in pictures:
        whole = whole.cast_column(each, datasets.Image(decode=False))
    images = Images(image_size)
    made: dict[str, Column] = {
        each: _Bytes(whole.select_columns([each]), each) if each in pictures else plain[each]
        for each in chosen
    }
    classes = {each: whole.features[each] for each in plain}
    left_out = sorted(set(parts) - set(splits))
    return Table(
        made,
        {**dict.fromkeys(pictures, images.spec), **tabular_specs(plain)},
        _fingerprint(plain, whole.num_rows),
        load=loaded_images(dict.fromkeys(pictures, images)),
        class_names={n: tuple(c.names) for n, c in classes.items() if hasattr(c, "names")},
        splits=_split_names(parts, splits) if len(splits) > 1 else None,
        notes=(f"{path}: left out, being no train, validation or test: {', '.join(left_out)}",)
        if left_out
        else (),
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Look for the package."""
    if find_spec("datasets") is None:
        message = "expected the package datasets for huggingface. Received: none"
        return failed(Problem(path, message, hint="pip install 'kerascfg[huggingface]'"))
    size = arguments.get("image_size")
    if size is not None and not (len(size) == 2 and all(map(is_count, size))):
        at = f"{path}.image_size"
        message = f"expected height and width in pixels. Received: {size!r}"
        return failed(Problem(at, message, fix=override(at, [96, 96])))
    return Peek()


def _parts(path: str, name: str | None) -> Mapping[str, Any]:
    """Return the data set of each split."""
    import datasets

    folder = Path(path).expanduser()
    saved = any((folder / f).is_file() for f in ("dataset_dict.json", "state.json"))
    try:
        if saved:
            loaded: Any = datasets.load_from_disk(str(folder))
        else:
            loaded = datasets.load_dataset(str(folder) if folder.is_dir() else path, name)
    except Exception as error:
        said = str(error).strip() or type(error).__name__
        raise RunError(
            f"huggingface: expected a folder of data or a data set that can be fetched. "
            f"Received: {path}\n  tried: {said.splitlines()[0]}"
        ) from error
    return loaded if isinstance(loaded, Mapping) else {"train": loaded}


def _values(dataset: Any, name: str, path: str) -> np.ndarray:
    """Return a column of numbers, texts, or lists of one length."""
    table = dataset.select_columns([name]).with_format("arrow")[:]
    array = table.column(name).combine_chunks()
    if not can_be_read(array.type):
        raise RunError(
            f"{path}: expected a column of numbers, texts or images. Received: `{name}`, "
            f"{dataset.features[name]}\n  hint: `columns` of the source names those to read"
        )
    array = array.cast(plain_type(array.type))
    try:
        return ArrowColumn(name, may_lack(array.type) and lacks(array)).values(array)
    except OddValueError as error:
        raise RunError(f"{path}, row {error.row + 1}: {error}") from error


def _content(cell: Mapping[str, Any] | None, name: str, row: int) -> bytes:
    """Return the bytes of an image, which are in the data set or in a file beside it."""
    if cell and cell["bytes"]:
        return cell["bytes"]
    if cell and cell["path"] and Path(cell["path"]).is_file():
        return Path(cell["path"]).read_bytes()
    raise RunError(f"huggingface, row {row + 1}: expected an image in `{name}`. Received: {cell}")


def _fingerprint(columns: Mapping[str, np.ndarray], rows: int) -> str:
    return hashlib.sha256(f"{rows} {fingerprint_of(columns)}".encode()).hexdigest()


def _split_names(parts: Mapping[str, Any], splits: list[str]) -> np.ndarray:
    import numpy as np

    return np.repeat(splits, [parts[split].num_rows for split in splits])
