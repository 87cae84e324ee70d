"""Data that has been read, encoded and divided: what the rest of a run knows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.data.caching import refuse_too_large, spooled
from kerascfg.data.failing import first_failure, raised_while_reading
from kerascfg.data.held import holds_arrays
from kerascfg.data.loading import loaded, sample_lengths
from kerascfg.data.order import evaluation_order
from kerascfg.data.padding import padded, varies
from kerascfg.data.part import Part
from kerascfg.data.pipeline import (
    epoch_orders,
    evaluation_dataset,
    feature_dataset,
    sample_dataset,
    training_dataset,
)
from kerascfg.data.prepare import Augment, Prepare
from kerascfg.data.resident import Gather, gatherer
from kerascfg.data.table import TensorSpec, texts_as_unicode
from kerascfg.errors import ConfigError, Problem, RunError

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf


Arrays = tuple[dict[str, "np.ndarray"], dict[str, "np.ndarray"]]
"""Features and targets by name."""


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
        bucket: the feature by whose length training samples are put together, or None.
        cache: where loaded and prepared samples are kept from one epoch to the next.
        cache_limit: how much of them memory may take; None is half of what is free.
        notes: what the user should be told about the data.
        skipped: the rows that were left out (`on_error: skip`), each with its place and reason.
        augment: what is done to training batches only, after they were kept.
        class_rows: target with classes, where a graph takes it -> the names of those classes that
            have rows, and its value in one row of each.
        fills: raw feature -> what its gaps are filled with, where the config says so.
    """

    features: Mapping[str, TensorSpec]
    targets: Mapping[str, TensorSpec]
    class_names: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, Part]
    batch_size: int
    seed: int
    fingerprint: str
    bucket: str | None = None
    cache: Literal["memory", "disk", "none"] = "memory"
    cache_limit: str | None = None
    notes: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    augment: Augment | None = None
    class_rows: Mapping[str, tuple[tuple[str, ...], np.ndarray]] = field(default_factory=dict)
    fills: Mapping[str, Any] = field(default_factory=dict)
    _kept: dict[str, Part] = field(default_factory=dict, repr=False)
    _unprepared: dict[str, Part] = field(default_factory=dict, repr=False)
    _measured: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def prepared(self, features: Prepare | None = None, targets: Prepare | None = None) -> Data:
        """Return the data with its batches prepared, after loading and before they are kept.

        Args:
            features: makes of a batch of raw features what the model sees; None for them as they
                are.
            targets: makes of a batch of raw features and raw targets what the model learns; None
                for the targets as they are.
        """
        return replace(
            self,
            features=features.specs if features else self.features,
            targets=targets.specs if targets else self.targets,
            class_names=targets.class_names if targets else self.class_names,
            parts={
                split: replace(part, prepare_features=features, prepare_targets=targets)
                for split, part in self.parts.items()
            },
            _kept={},
            _measured={},
            _unprepared=dict(self._kept),
        )

    def augmented(self, augment: Augment) -> Data:
        """Return the data with its training batches augmented."""
        return replace(self, augment=augment)

    @property
    def raw_features(self) -> Mapping[str, TensorSpec]:
        """Return the specs of the features before they are prepared."""
        return self.parts["train"].specs

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

        `classes` is there where the targets that have classes agree on their number,
        `class_names` where they agree on their names.
        """
        counts = {len(names) for names in self.class_names.values()}
        names = set(self.class_names.values())
        return {
            "data": {
                **({"classes": counts.pop()} if len(counts) == 1 else {}),
                **({"class_names": list(names.pop())} if len(names) == 1 else {}),
                "samples": self.sizes["train"],
                "features": {
                    name: {"shape": list(spec.shape), "dtype": spec.dtype}
                    for name, spec in self.features.items()
                },
                "targets": {name: {"shape": list(s.shape)} for name, s in self.targets.items()},
            }
        }

    def training_batches(
        self, first_epoch: int = 0, replicas: int = 1, first_step: int = 0
    ) -> tf.data.Dataset:
        """Return endless training batches, `steps_per_epoch` of them an epoch.

        Args:
            first_epoch: the epoch to begin with; its order does not depend on earlier ones.
            replicas: every batch can be shared evenly among so many.
            first_step: the step of that epoch to begin with.

        Returns:
            Elements `(x, y, weights)`: features by name, targets by name, and weights `(batch,)`.

        Raises:
            ConfigError: `bucket` names no feature whose samples differ in length.
        """
        part = self._part("train")
        return training_dataset(
            part,
            self.batch_size,
            self.seed,
            first_epoch,
            replicas,
            lengths=self._lengths(part),
            augment=self.augment,
            first_step=first_step,
        )

    def evaluation_batches(self, split: str, replicas: int = 1) -> tuple[tf.data.Dataset, int]:
        """Return the batches that visit a split once, in its order, and their number.

        Their weights make Keras's averages exact means over the split's samples.

        Raises:
            RunError: the split is empty.
        """
        if not self.parts[split].rows:
            raise RunError(f"expected samples to evaluate on. Received: {split}, which has none")
        return evaluation_dataset(self._part(split), self.batch_size, replicas)

    def gatherer(self, split: str, device: str) -> Gather | None:
        """Return what gathers a batch of a split inside the step, or None where a step cannot.

        Args:
            split: `train`, `validation` or `test`.
            device: the device that computes, as in `CPU:0`.
        """
        if split == "train" and self.augment is not None:
            return None
        return gatherer(self._part(split), device)

    def training_rows(self, first_epoch: int = 0) -> tf.data.Dataset:
        """Return row numbers and weights of training batches, for a `gatherer`.

        Args:
            first_epoch: the epoch to begin with.

        Returns:
            An element an epoch, without end: `(rows, weights)`, both `(steps, batch)`.
        """
        part = self._part("train")
        return epoch_orders(part, self.batch_size, self.seed, first_epoch).prefetch(1)

    @property
    def trains_evenly(self) -> bool:
        """Tell whether every sample of every training batch counts one: none is filled up."""
        part = self._part("train")
        return part.weights is None and part.rows % self.batch_size == 0

    def evaluation_rows(self, split: str) -> tuple[tf.data.Dataset, int]:
        """Return row numbers and weights of batches that visit a split once, and their number."""
        import tensorflow as tf

        order = evaluation_order(self.sizes[split], self.batch_size)
        return tf.data.Dataset.from_tensor_slices(order), len(order[0])

    def feature_batches(self, split: str, names: Sequence[str]) -> tf.data.Dataset:
        """Return batches of some raw features of a split, each sample once, in its order."""
        part = self.parts[split]
        return feature_dataset(self._part(split) if part.is_prepared else part.raw, names)

    def target_batches(self, split: str, names: Sequence[str]) -> tf.data.Dataset:
        """Return batches of some targets of a split before they are prepared, likewise."""
        import tensorflow as tf

        part = self.parts[split].raw
        if part.read_later.keys() & set(names):
            return sample_dataset(part).map(lambda x, y: {name: y[name] for name in names})
        rows: Any = {name: part.targets[name] for name in names}
        return tf.data.Dataset.from_tensor_slices(rows).batch(self.batch_size)

    def arrays(self, split: str, limit: int | None = None) -> Arrays:
        """Return features and targets of a split as arrays, in its order; texts as unicode.

        Args:
            split: `train`, `validation` or `test`.
            limit: at most so many samples; no more than these are loaded.
        """
        whole = self._part(split) if limit is None else self._kept.get(split, self.parts[split])
        return _as_arrays(loaded(whole.first(limit)))

    def answers(self, split: str, target: str) -> np.ndarray:
        """Return a target of a split in its order, without the features where they can be spared.

        Args:
            split: `train`, `validation` or `test`.
            target: its name.
        """
        part = self._kept.get(split, self.parts[split])
        if part.prepare_targets is None and target in part.targets:
            return part.targets[target]
        return self.arrays(split)[1][target]

    def raw_arrays(self, split: str, limit: int | None = None) -> Arrays:
        """Return features and targets of a split as they are before they are prepared.

        Args:
            split: `train`, `validation` or `test`.
            limit: at most so many samples; no more than these are loaded.
        """
        if self.parts[split].is_prepared:
            return self.arrays(split, limit)
        return _as_arrays(loaded(self.parts[split].raw.first(limit)))

    def samples(self, split: str, rows: np.ndarray, raw: bool = False) -> Arrays:
        """Return features and targets of some samples of a split as arrays; no others are loaded.

        Args:
            split: `train`, `validation` or `test`.
            rows: positions in the split.
            raw: as they are before they are prepared.
        """
        part = self.parts[split]
        if raw and not part.is_prepared:
            return _as_arrays(loaded(part.raw.some(rows)))
        return _as_arrays(loaded(self._kept.get(split, part).some(rows)))

    def explain(self, error: Exception) -> RunError | None:
        """Name the sample that broke the pipeline, where that is what an error came from.

        Samples that are read while training (`cache: none`) fail inside TensorFlow, whose message
        does not name them.
        """
        import tensorflow as tf

        if not isinstance(error, tf.errors.OpError):
            return None
        if read := raised_while_reading(error):
            return read
        found = (
            first_failure(part.columns, part.numbers, part.load, part.place)
            for part in self.parts.values()
        )
        return next((each for each in found if each is not None), None)

    def _lengths(self, part: Part) -> np.ndarray | None:
        """Return the length of each training sample, measured once, if these are asked for."""
        if self.bucket is None:
            return None
        if self.bucket not in (varying := [n for n, s in self.features.items() if varies(s)]):
            listed = f"one of {', '.join(varying)}" if varying else "null, since none do"
            said = f"expected a feature whose samples differ in length, {listed}"
            problem = Problem("data.bucket", f"{said}. Received: {self.bucket}")
            raise ConfigError(replace(problem, fix="data.bucket=null"))
        if self.bucket not in self._measured:
            self._measured[self.bucket] = sample_lengths(part, self.bucket)
        return self._measured[self.bucket]

    def _part(self, split: str) -> Part:
        part = self.parts[split]
        if self.cache == "none":
            return part
        if split not in self._kept:
            if self.cache == "memory":
                refuse_too_large(self.parts.values(), self.cache_limit)
            whole = self._loaded_before(split) or part
            self._kept[split] = (
                spooled(whole) if self.cache == "disk" and part.rows else loaded(whole)
            )
        return self._kept[split]

    def _loaded_before(self, split: str) -> Part | None:
        """Return what was loaded before the batches were prepared, once: it is not kept beside."""
        before, part = self._unprepared.pop(split, None), self.parts[split]
        return before and replace(
            before,
            prepare_features=part.prepare_features,
            prepare_targets=part.prepare_targets,
        )


def _as_arrays(part: Part) -> Arrays:
    x, y = part.take(slice(None)), part.targets
    return _stacked(x, part.specs), _stacked(y, part.target_specs)


def _stacked(
    columns: Mapping[str, np.ndarray], specs: Mapping[str, TensorSpec]
) -> dict[str, np.ndarray]:
    """Return each column as one array, padded to the longest sample; texts as unicode."""
    whole = {
        name: padded(values, specs[name]) if holds_arrays(values) else values
        for name, values in columns.items()
    }
    return texts_as_unicode(whole)
