"""Data that has been read, encoded and divided: what the rest of a run knows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any

from kerascfg.data.pipeline import (
    Part,
    evaluation_dataset,
    feature_dataset,
    loaded,
    texts_as_unicode,
    training_dataset,
    unloadable,
)
from kerascfg.data.table import TensorSpec
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf


@dataclass(frozen=True, eq=False)
class Data:
    """Features and targets of three splits.

    Attributes:
        features: name -> spec of what the model sees.
        targets: name -> spec of what it learns.
        class_names: target -> names of its classes, for targets that have classes.
        parts: split -> its rows.
        batch_size: samples that a training step takes.
        seed: seed of the order.
        fingerprint: sha256 over the source's content.
        keep: whether loaded features are kept in memory (`cache: memory`).
        notes: what the user should be told about the data.
    """

    features: Mapping[str, TensorSpec]
    targets: Mapping[str, TensorSpec]
    class_names: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, Part]
    batch_size: int
    seed: int
    fingerprint: str
    keep: bool = True
    notes: tuple[str, ...] = ()
    _kept: dict[str, Part] = field(default_factory=dict, repr=False)

    @property
    def sizes(self) -> dict[str, int]:
        """Return the number of samples of each split."""
        return {split: part.rows for split, part in self.parts.items()}

    @property
    def steps_per_epoch(self) -> int:
        """Return the number of training steps that take every sample once."""
        return ceil(self.sizes["train"] / self.batch_size)

    def facts(self) -> dict[str, Any]:
        """Return what expressions may use: `$data.classes`, `$data.features.NAME.shape`, ...

        `classes` is there where the targets that have classes agree on their number.
        """
        counts = {len(names) for names in self.class_names.values()}
        return {
            "data": {
                **({"classes": counts.pop()} if len(counts) == 1 else {}),
                "samples": self.sizes["train"],
                "features": {
                    name: {"shape": list(spec.shape), "dtype": spec.dtype}
                    for name, spec in self.features.items()
                },
                "targets": {name: {"shape": list(s.shape)} for name, s in self.targets.items()},
            }
        }

    def training_batches(self, first_epoch: int = 0, replicas: int = 1) -> tf.data.Dataset:
        """Return endless training batches, `steps_per_epoch` of them an epoch.

        Args:
            first_epoch: the epoch to begin with; its order does not depend on earlier ones.
            replicas: every batch can be shared evenly among so many.

        Returns:
            Elements `(x, y, weights)`: features by name, targets by name, and weights `(batch,)`.
        """
        part = self._part("train")
        return training_dataset(part, self.batch_size, self.seed, first_epoch, replicas)

    def evaluation_batches(self, split: str, replicas: int = 1) -> tuple[tf.data.Dataset, int]:
        """Return the batches that visit a split once, in its order, and their number.

        Their weights make Keras's averages exact means over the split's samples.

        Raises:
            RunError: the split is empty.
        """
        part = self._part(split)
        if not part.rows:
            raise RunError(f"expected samples to evaluate on. Received: {split}, which has none")
        return evaluation_dataset(part, self.batch_size, replicas)

    def feature_batches(self, split: str, names: Sequence[str]) -> tf.data.Dataset:
        """Return batches of some features of a split, each sample once, in its order."""
        return feature_dataset(self._part(split), names)

    def arrays(
        self, split: str, limit: int | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return features and targets of a split as arrays, in its order; texts as unicode.

        Args:
            split: `train`, `validation` or `test`.
            limit: at most so many samples.
        """
        whole = self._part(split) if limit is None else self._kept.get(split, self.parts[split])
        part = loaded(whole.first(limit))
        return texts_as_unicode(part.take(slice(None))), dict(part.targets)

    def explain(self, error: Exception) -> RunError | None:
        """Name the sample that broke the pipeline, where that is what an error came from.

        Files that are loaded while training (`cache: none`) fail inside TensorFlow, whose message
        does not name them.
        """
        import tensorflow as tf

        if not isinstance(error, tf.errors.OpError):
            return None
        found = (unloadable(part) for part in self.parts.values())
        return next((each for each in found if each is not None), None)

    def _part(self, split: str) -> Part:
        if not self.keep:
            return self.parts[split]
        if split not in self._kept:
            self._kept[split] = loaded(self.parts[split])
        return self._kept[split]
