"""Records of several files as rows: any of them at any time, whole or one feature of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.data.spool import BytesFile
from kerascfg.data.tfrecords.examples import ExampleFeature, as_rows, parse
from kerascfg.data.tfrecords.scan import Scanned
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np

_OPEN = 128
"""Files that are open at a time: far fewer than a process may have, while shards may be many."""
_BATCH = 512


class Records:
    """The records of several files that were found right."""

    def __init__(self, files: Sequence[Path], scanned: Sequence[Scanned]):
        """Take the files and what a scan of each has found."""
        import numpy as np

        self.rows = [len(each.starts) for each in scanned]
        self._files = files
        self._firsts = np.cumsum([0, *self.rows])
        self._starts = np.concatenate([each.starts for each in scanned])
        self._sizes = np.concatenate([each.sizes for each in scanned])
        self._numbers = np.concatenate([each.numbers for each in scanned])
        self._opened = lru_cache(_OPEN)(BytesFile)

    def __len__(self) -> int:
        return len(self._starts)

    def read(self, rows: np.ndarray) -> list[bytes]:
        """Return the data of some rows; safe in several threads.

        Raises:
            RunError: a file has become shorter since it was scanned.
        """
        files = self._firsts.searchsorted(rows, side="right") - 1
        places = (files, self._starts[rows], self._sizes[rows])
        records = []
        for file, start, size in zip(*(each.tolist() for each in places), strict=True):
            record = self._opened(self._files[file]).read(start, size)
            if len(record) != size:
                raise RunError(f"{self._files[file]} has become shorter since it was opened")
            records.append(record)
        return records

    def place(self, row: int) -> str:
        """Name the file and the record that a row is."""
        file = int(self._firsts.searchsorted(row, side="right")) - 1
        return f"{self._files[file]}, record {int(self._numbers[row]) + 1}"


class ExampleColumn:
    """A column (see `table.Column`): one feature of the examples that are the records.

    Texts, encoded images and features of variable length are objects, all others values.
    """

    def __init__(self, records: Records, name: str, feature: ExampleFeature):
        """Take the feature `name` of the records."""
        import numpy as np

        whole = feature.decode == "image" or feature.is_ragged
        sides = () if whole else tuple(side or 0 for side in feature.shape)
        self.shape: tuple[int, ...] = (len(records), *sides)
        self.dtype: np.dtype = np.dtype(
            object if whole or feature.dtype == "string" else feature.dtype
        )
        self._records, self._name, self._feature = records, name, feature

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        import numpy as np
        import tensorflow as tf

        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(len(self)))
        values = np.empty((len(rows), *self.shape[1:]), self.dtype)
        for at in range(0, len(rows), _BATCH):
            records = self._records.read(rows[at : at + _BATCH])
            with tf.init_scope():  # rows are also asked for while a graph is traced
                parsed = parse(records, {self._name: self._feature})[self._name]
                values[at : at + _BATCH] = as_rows(parsed)
        return values
