"""Weigh the samples of a training batch by their classes (`train.class_weight`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.classes import class_places
from kerascfg.errors import ConfigError, Problem, unknown_key

if TYPE_CHECKING:
    import numpy as np


def class_weigher(data: Any, config: Mapping[str, Any]) -> Callable[..., tuple[Any, Any, Any]]:
    """Return a function for `tf.data.Dataset.map` over `(features, targets, weights)`.

    As in Keras's `fit(class_weight=)`, a class that is not named counts 1, and only training
    batches are weighed: what is reported of the other splits stays their plain mean.

    Args:
        data: the data set.
        config: the whole config, for `train.class_weight`: class -> weight, where a class is its
            name, or where none is called so its number; or `balanced`.

    Raises:
        ConfigError: the data has no classes, or not the classes that are named.
    """
    given = (config.get("train") or {}).get("class_weight")
    if not given:
        return lambda features, targets, weights: (features, targets, weights)
    if len(data.targets) != 1 or set(data.class_names) != set(data.targets):
        message = (
            f"expected one target with classes. Received: {', '.join(data.targets)}, of which "
            f"{len(set(data.targets) & set(data.class_names))} with classes"
        )
        raise ConfigError(Problem("train.class_weight", message, fix="~train.class_weight"))
    ((target, names),) = data.class_names.items()
    labels = class_places(data.answers("train", target))
    if labels is None:
        shape = tuple(data.targets[target].shape)
        message = f"expected a target with one class a sample. Received: shape {shape}"
        raise ConfigError(Problem("train.class_weight", message, fix="~train.class_weight"))
    balanced = given == "balanced"
    table = balanced_weights(labels, len(names)) if balanced else _table(given, names)

    def weigh(features: Any, targets: Any, weights: Any) -> tuple[Any, Any, Any]:
        import tensorflow as tf

        answers = targets[target]
        flat = answers.shape.rank == 1 or answers.shape[1] == 1
        labels = tf.reshape(answers, [-1]) if flat else tf.argmax(answers, axis=1)
        return features, targets, weights * tf.gather(tf.constant(table), tf.cast(labels, tf.int32))

    return weigh


def balanced_weights(labels: np.ndarray, classes: int) -> list[float]:
    """Return a weight for each class with which all classes count alike.

    That is samples / (classes * samples of the class), as in scikit-learn's
    `class_weight="balanced"`; the weights of all samples then sum to their number. A class
    without samples is none, and its weight is never used.

    Args:
        labels: class of each training sample.
        classes: how many classes there are.
    """
    import numpy as np

    counts = np.bincount(labels, minlength=classes)
    present = counts > 0
    weights = np.ones(classes)
    weights[present] = len(labels) / (present.sum() * counts[present])
    return weights.tolist()


def _table(given: Mapping[Any, float], names: tuple[str, ...]) -> list[float]:
    """Return a weight for each class."""
    table, problems = [1.0] * len(names), []
    for key, weight in given.items():
        if str(key) in names:
            table[names.index(str(key))] = float(weight)
        elif isinstance(key, int) and not isinstance(key, bool) and 0 <= key < len(names):
            table[key] = float(weight)
        else:
            what = "a class of the data"
            problems.append(unknown_key("train.class_weight", str(key), names, what, weight))
    if problems:
        raise ConfigError(problems)
    return table
