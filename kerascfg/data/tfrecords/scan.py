"""One pass over a TFRecord file: every checksum, every feature, and where each record lies.

A record is framed by its length (uint64) and a checksum of that before its data, and a checksum
of the data behind. TensorFlow's reader checks both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.data.tfrecords.examples import ExampleFeature, failing, parse
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np

HELD = 256 * 2**20
"""Bytes of scalar features that are kept in memory; more are read when asked."""
_BATCH = 512
_BEFORE, _BEHIND = 12, 4
_OBJECT = 100
"""What a text takes besides its letters, roughly."""


@dataclass(frozen=True, eq=False)
class Scanned:
    """The records of a file that are right.

    Attributes:
        starts: where the data of each begin, int64.
        sizes: their lengths in bytes, int32, since there may be millions of records.
        numbers: their numbers in the file, from 0.
        skipped: what was left out, with file, record and reason.
    """

    starts: np.ndarray
    sizes: np.ndarray
    numbers: np.ndarray
    skipped: tuple[str, ...]


class Held:
    """Values of scalar features, as far as memory for them goes.

    Texts that are not UTF-8 (encoded images, say) are not held; equal ones are held once.
    """

    def __init__(self, features: Mapping[str, ExampleFeature]):
        """Begin to hold all scalar ones of the features."""
        self._values: dict[str, list[np.ndarray]] = {
            name: [] for name, feature in features.items() if feature.is_scalar
        }
        self._texts: dict[bytes, str] = {}
        self._bytes = 0

    def add(self, parsed: Mapping[str, Any]) -> None:
        """Add the values of some more rows."""
        for name in list(self._values):
            values = parsed[name].numpy()
            try:
                values = self._as_texts(values) if values.dtype == object else values
            except UnicodeDecodeError:
                del self._values[name]
                continue
            self._values[name].append(values)
            self._bytes += values.nbytes
        if self._bytes > HELD:
            self._values.clear()

    def columns(self) -> dict[str, np.ndarray]:
        """Return the values of the features that are held."""
        import numpy as np

        return {name: np.concatenate(each) for name, each in self._values.items() if each}

    def _as_texts(self, values: np.ndarray) -> np.ndarray:
        import numpy as np

        texts = np.empty(len(values), object)
        for row, value in enumerate(values):
            text = self._texts.get(value)
            if text is None:
                text = self._texts[value] = value.decode()
                self._bytes += 2 * len(value) + _OBJECT
            texts[row] = text
        return texts


def scan(file: Path, features: Mapping[str, ExampleFeature], held: Held, skip: bool) -> Scanned:
    """Read a file once.

    Args:
        file: the file.
        features: what every record must have.
        held: takes the values of scalar features.
        skip: leave out what is wrong instead of raising.

    Raises:
        RunError: a record is damaged, or lacks a feature; the message names it.
    """
    import numpy as np
    import tensorflow as tf

    sizes: list[np.ndarray] = [np.empty(0, np.int32)]
    wrong: dict[int, str] = {}
    number, damage = 0, None
    for records in _batches(file):
        if isinstance(records, str):
            damage = f"{file}, record {number + 1}: {records}"
            break
        try:
            parsed = parse(records, features)
        except tf.errors.InvalidArgumentError:
            contents = records.numpy()
            found = dict(failing(contents, features))
            wrong |= {number + position: reason for position, reason in found.items()}
            if not skip:
                number = min(wrong)
                raise RunError(f"{file}, record {number + 1}: {wrong[number]}") from None
            parsed = parse(np.delete(contents, list(found)), features)
        held.add(parsed)
        sizes.append(tf.strings.length(records).numpy())
        number += len(sizes[-1])
    if damage and not skip:
        raise RunError(damage)
    skipped = tuple(f"{file}, record {at + 1}: {reason}" for at, reason in wrong.items())
    lengths = np.concatenate(sizes)
    starts = np.cumsum(lengths + (_BEFORE + _BEHIND), dtype=np.int64) - lengths - _BEHIND
    numbers = np.delete(np.arange(len(lengths)), list(wrong))
    if damage:
        skipped += (f"{damage}; it and all that follow in the file",)
    return Scanned(starts[numbers], lengths[numbers], numbers.astype(np.uint32), skipped)


def _batches(file: Path) -> Iterator[Any]:
    """Yield string tensors of records, and where the file is damaged at last a text of how."""
    import tensorflow as tf

    records = tf.data.TFRecordDataset(str(file))
    done = 0
    try:
        for batch in records.batch(_BATCH).prefetch(2):
            yield batch
            done += len(batch)
    except tf.errors.DataLossError as error:
        intact = []
        try:
            for record in records.skip(done):
                intact.append(record)
        except tf.errors.DataLossError:
            pass  # the same damage, now with all that stands before it
        if intact:
            yield tf.stack(intact)
        cut = "truncated" in error.message
        received = "one that is cut off" if cut else "one with a wrong checksum"
        yield f"expected an intact record. Received: {received}"
