"""Training samples to be looked at: some of each class, raw, prepared and augmented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerascfg.data import Data, TensorSpec
from kerascfg.look.measuring import affordable

if TYPE_CHECKING:
    import numpy as np

_MOST_CLASSES, _PER_GROUP, _UNGROUPED_ROWS = 12, 10, 4


@dataclass(frozen=True)
class Group:
    """Samples that stand beside each other: those of a class, or with a target of like value."""

    label: str
    positions: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Examples:
    """Some training samples, in the order of the arrays' rows.

    Attributes:
        specs: feature -> spec of what is in `features`.
        features: feature -> values `(samples, ...)`, raw and prepared together; what is prepared
            comes in the place of a raw feature of its name.
        augmented: the features that augmentation changes, after it; empty where there is none.
        targets: target -> values, before a graph of targets.
        class_names: target -> names of its classes.
        groups: which samples stand beside each other.
        sizes: split -> number of samples.
        classes: how many classes there are, of which the first may be in `groups`.
    """

    specs: Mapping[str, TensorSpec]
    features: Mapping[str, np.ndarray]
    augmented: Mapping[str, np.ndarray]
    targets: Mapping[str, np.ndarray]
    class_names: Mapping[str, tuple[str, ...]]
    groups: tuple[Group, ...]
    sizes: Mapping[str, int]
    classes: int = 0


def choose_examples(data: Data) -> Examples:
    """Choose and load training samples.

    Args:
        data: the data, as training would take it.

    Raises:
        RunError: a sample cannot be read.
    """
    import numpy as np

    part = data.parts["train"]
    most = affordable({**part.specs, **data.features, **part.target_specs}, 400)
    target = next((n for n in data.class_names if _has_classes(part.targets.get(n))), None)
    if target is None:
        rows = np.arange(min(part.rows, most, _PER_GROUP * _UNGROUPED_ROWS))
        rows, groups = _by_value(rows, next(iter(part.targets.values()), None))
    else:
        names = data.class_names[target]
        rows, groups = _by_class(part.targets[target].reshape(-1), names, most)
    features, targets = data.samples("train", rows, raw=True)
    specs = dict(part.specs)
    if part.prepare_features is not None:
        features = {**features, **data.samples("train", rows)[0]}
        specs |= data.features
    return Examples(
        specs,
        features,
        _augmented(data, rows),
        targets,
        data.class_names,
        groups,
        data.sizes,
        len(data.class_names[target]) if target else 0,
    )


def _has_classes(values: np.ndarray | None) -> bool:
    return values is not None and values.size == len(values)


def _by_class(
    labels: np.ndarray, names: tuple[str, ...], most: int
) -> tuple[np.ndarray, tuple[Group, ...]]:
    import numpy as np

    shown = min(len(names), _MOST_CLASSES, most)
    each = max(1, min(_PER_GROUP, most // shown))
    chosen, groups, start = [], [], 0
    for label in range(shown):
        rows = np.flatnonzero(labels == label)
        if len(rows):
            count = min(each, len(rows))
            said = f"{names[label]}\n{len(rows):,} train"
            groups.append(Group(said, tuple(range(start, start + count))))
            chosen.append(rows[:count])
            start += count
    return np.concatenate(chosen), tuple(groups)


def _by_value(rows: np.ndarray, target: np.ndarray | None) -> tuple[np.ndarray, tuple[Group, ...]]:
    """Sort samples by a target that is one number; a group says from where to where."""
    numbers = None
    if target is not None and target.dtype.kind in "iuf" and target.size == len(target):
        numbers = target.reshape(-1)[rows]
        order = numbers.argsort(kind="stable")
        rows, numbers = rows[order], numbers[order]
    groups = []
    for start in range(0, len(rows), _PER_GROUP):
        positions = tuple(range(start, min(start + _PER_GROUP, len(rows))))
        label = ""
        if numbers is not None:
            label = f"{numbers[positions[0]]:.4g} to\n{numbers[positions[-1]]:.4g}"
        groups.append(Group(label, positions))
    return rows, tuple(groups)


def _augmented(data: Data, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return what augmentation makes of the samples in the first step, and their targets."""
    if data.augment is None:
        return {}
    import numpy as np
    import tensorflow as tf

    x, y = (
        {name: tf.convert_to_tensor(values) for name, values in arrays.items()}
        for arrays in data.samples("train", rows)
    )
    after_x, after_y = data.augment(tf.constant(0, tf.int64), x, y)
    before, after = {**x, **y}, {**after_x, **after_y}
    return {n: np.asarray(after[n]) for n in before if after[n] is not before[n]}
