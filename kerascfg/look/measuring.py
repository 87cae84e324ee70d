"""What is in the data: ranges, gaps, classes by split, and how fast it is read."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

from kerascfg.data import Data, TensorSpec

if TYPE_CHECKING:
    import numpy as np

_MOST_SAMPLES, _MOST_BYTES = 2000, 2**26
_FREQUENT = 3


@dataclass(frozen=True)
class Values:
    """What was found in one feature or target of the training split.

    Attributes:
        name: its name.
        role: `feature` or `target`.
        shape: of a sample, as the source yields it.
        dtype: likewise.
        measured: how many samples were measured.
        missing: how many of them have no value: NaN, or an empty text.
        least: the least number, None for texts.
        mean: the mean, likewise.
        greatest: the greatest number, likewise.
        distinct: how many different values there are, None for what has more than one number.
        frequent: the most frequent texts with their counts, none for numbers.
    """

    name: str
    role: str
    shape: tuple[int | None, ...]
    dtype: str
    measured: int
    missing: int
    least: float | None = None
    mean: float | None = None
    greatest: float | None = None
    distinct: int | None = None
    frequent: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Look:
    """What there is to know of the data.

    Attributes:
        sizes: split -> number of samples.
        values: the features and targets as the source yields them.
        prepared: feature or target -> the spec that the model takes, where that is made by
            `model.preprocess` or a graph of targets; empty where nothing is.
        classes: target -> split -> class -> number of samples.
        notes: what the user should be told about the data: gaps, equal rows, skipped rows.
        skipped: the rows that were left out, each with its place and reason.
        reading: samples a second that the training pipeline gives when it reads and prepares them.
        kept: likewise from where it keeps them, None where nothing is kept or that takes long.
        fingerprint: sha256 over the source's content.
    """

    sizes: Mapping[str, int]
    values: tuple[Values, ...]
    prepared: Mapping[str, TensorSpec]
    classes: Mapping[str, Mapping[str, Mapping[str, int]]]
    notes: tuple[str, ...]
    skipped: tuple[str, ...]
    reading: float
    kept: float | None
    fingerprint: str


def look_at(data: Data, seconds: float = 1.5) -> Look:
    """Measure data.

    Of features that are read or loaded when asked, a random part of the training split is measured.

    Args:
        data: the data, as training would take it.
        seconds: how long to measure each throughput.

    Raises:
        RunError: a sample cannot be read.
    """
    part = data.parts["train"]
    specs = {name: spec for name, spec in data.targets.items() if name not in part.target_specs}
    if part.prepare_features:
        specs |= {n: s for n, s in data.features.items() if n not in part.specs}
    reading = _throughput(replace(data, cache="none"), seconds)
    brief = data.cache != "none" and data.sizes["train"] < 4 * seconds * reading
    return Look(
        sizes=data.sizes,
        values=_values(data),
        prepared=specs,
        classes=_classes(data),
        notes=data.notes,
        skipped=data.skipped,
        reading=reading,
        kept=_throughput(data, seconds) if brief else None,
        fingerprint=data.fingerprint,
    )


def affordable(specs: Mapping[str, TensorSpec], most: int = _MOST_SAMPLES) -> int:
    """Return how many samples may be loaded only to be looked at."""
    size = sum(prod(axis or 256 for axis in spec.shape) * 4 for spec in specs.values())
    return max(1, min(most, _MOST_BYTES // max(size, 1)))


def _values(data: Data) -> tuple[Values, ...]:
    part = data.parts["train"]
    if part.load is None and part.is_held:  # one column at a time, which is a copy
        features = (part.columns[name][part.numbers] for name in part.specs)
        targets = part.targets
    else:
        specs = {**part.specs, **part.target_specs}
        arrays, targets = data.raw_arrays("train", affordable(specs))
        features = (arrays[name] for name in part.specs)
    pairs = zip(part.specs.items(), features, strict=True)
    found = [_measured(name, "feature", spec, values) for (name, spec), values in pairs]
    for name, spec in part.target_specs.items():
        names, values = data.class_names.get(name), targets[name]
        if names and values.size == len(values):  # their numbers say nothing to a person
            dtype = f"{spec.dtype}, {len(names)} classes"
            found.append(Values(name, "target", spec.shape, dtype, len(values), 0))
        else:
            found.append(_measured(name, "target", spec, values))
    return tuple(found)


def _measured(name: str, role: str, spec: TensorSpec, values: np.ndarray) -> Values:
    import numpy as np

    rows = len(values)
    known = Values(name, role, spec.shape, spec.dtype, rows, 0)
    if spec.dtype == "string":
        counts = Counter(values.reshape(-1).tolist())
        if any(isinstance(value, bytes) for value in counts):  # the content of files
            return known
        return replace(
            known,
            missing=counts[""],
            distinct=len(counts),
            frequent=tuple((str(text), count) for text, count in counts.most_common(_FREQUENT)),
        )
    missing = _without_value(values)
    if values.dtype == object:  # samples of several lengths
        values = np.concatenate([np.ravel(value) for value in values] or [np.empty(0)])
    numbers = values[~np.isnan(values)] if values.dtype.kind == "f" else values.reshape(-1)
    if not numbers.size:
        return replace(known, missing=rows)
    return replace(
        known,
        missing=missing,
        least=float(numbers.min()),
        mean=float(numbers.mean(dtype="float64")),
        greatest=float(numbers.max()),
        distinct=len(np.unique(numbers)) if spec.shape in ((), (1,)) else None,
    )


def _without_value(samples: np.ndarray) -> int:
    """Count the samples that are NaN somewhere."""
    import numpy as np

    if samples.dtype == object:
        return sum(_without_value(sample[None]) for sample in samples)
    if samples.dtype.kind != "f":
        return 0
    return int(np.isnan(samples).reshape(len(samples), -1).any(axis=1).sum())


def _classes(data: Data) -> dict[str, dict[str, dict[str, int]]]:
    """Count the classes, or the labels where a sample may have several."""
    import numpy as np

    counted: dict[str, dict[str, dict[str, int]]] = {}
    for target, names in data.class_names.items():
        for split, part in data.parts.items():
            values = part.targets.get(target)
            if values is None:
                continue
            if values.size == len(values):
                counts = np.bincount(values.reshape(-1).astype(int), minlength=len(names))
            else:
                counts = values.sum(axis=0)
            of_split = {name: int(count) for name, count in zip(names, counts, strict=True)}
            counted.setdefault(target, {})[split] = of_split
    return counted


def _throughput(data: Any, seconds: float) -> float:
    """Return samples a second of the training batches, from the second batch on."""
    import tensorflow as tf

    batches = iter(data.training_batches())
    try:
        next(batches)
        start, taken = time.perf_counter(), 0
        while (passed := time.perf_counter() - start) < seconds:
            next(batches)
            taken += 1
    except tf.errors.OpError as error:
        raise data.explain(error) or error from None
    return taken * data.batch_size / passed
