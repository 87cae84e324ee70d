"""What a run learns from, as `fit` takes it: the one place where batches enter training.

They come from the data of this process, or, where another process trains, through a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kerascfg.training.feeding import feeder
from kerascfg.training.weighing import class_weigher


@dataclass(frozen=True)
class Batches:
    """Batches `(x, y, weights)` in the structure that a model takes.

    Attributes:
        steps: training steps of one epoch.
        batch_size: new samples that a training step takes.
        training: the number of an epoch -> training batches from that epoch on, without end.
        validation: the batches that visit the validation split once, and how many they are; None
            where there is no such split.
    """

    steps: int
    batch_size: int
    training: Callable[[int], Any]
    validation: tuple[Any, int] | None = None


def batches_of(model: Any, data: Any, config: Mapping[str, Any], replicas: int) -> Batches:
    """Return the batches of a data set for a model, training samples weighed by their classes.

    Args:
        model: the model that takes them.
        data: the data set.
        config: the whole config, for `loss`, `metrics` and `train.class_weight`.
        replicas: every batch can be shared evenly among so many.

    Raises:
        ConfigError: the data's targets are not the model's outputs, or it lacks a class.
    """
    feed, weigh = feeder(model, tuple(data.targets), config), class_weigher(data, config)

    def training(first_epoch: int) -> Any:
        return data.training_batches(first_epoch, replicas=replicas).map(weigh).map(feed)

    validation = None
    if data.sizes.get("validation"):
        batches, steps = data.evaluation_batches("validation", replicas=replicas)
        validation = batches.map(feed), steps
    return Batches(data.steps_per_epoch, data.batch_size, training, validation)
