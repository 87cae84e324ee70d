"""Weigh the samples of a training batch by their classes (`train.class_weight`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem, unknown_key


def class_weigher(data: Any, config: Mapping[str, Any]) -> Callable[..., tuple[Any, Any, Any]]:
    """Return a function for `tf.data.Dataset.map` over `(features, targets, weights)`.

    As in Keras's `fit(class_weight=)`, a class that is not named counts 1, and only training
    batches are weighed: what is reported of the other splits stays their plain mean.

    Args:
        data: the data set.
        config: the whole config, for `train.class_weight`: class -> weight; a class is its
            name, or where none is called so its number.

    Raises:
        ConfigError: the data has no classes, or not the classes that are named.
    """
    given = (config.get("train") or {}).get("class_weight")
    if not given:
        return lambda features, targets, weights: (features, targets, weights)
    if len(data.class_names) != 1 or len(data.targets) != 1:
        message = (
            "expected one target with classes. Received: "
            f"{len(data.targets)} targets, {len(data.class_names)} with classes"
        )
        raise ConfigError(Problem("train.class_weight", message, fix="~train.class_weight"))
    ((target, names),) = data.class_names.items()
    shape = tuple(data.targets[target].shape)
    if shape not in ((), (1,)):
        message = f"expected a target with one class a sample. Received: shape {shape}"
        raise ConfigError(Problem("train.class_weight", message, fix="~train.class_weight"))
    table = _table(given, names)

    def weigh(features: Any, targets: Any, weights: Any) -> tuple[Any, Any, Any]:
        import tensorflow as tf

        labels = tf.cast(tf.reshape(targets[target], [-1]), tf.int32)
        return features, targets, weights * tf.gather(tf.constant(table), labels)

    return weigh


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
