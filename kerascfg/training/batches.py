"""What a run learns from, as `fit` takes it: the one place where batches enter training.

They come from the data of this process, or, where another process trains, through a connection.
Samples that lie in memory ready to learn from are not batched before the step: `fit` is given row
numbers, and the step gathers the batch. What a batch is, and what is done to it, is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kerascfg.training.feeding import feeder
from kerascfg.training.weighing import class_weigher


@dataclass(frozen=True)
class Batches:
    """Batches `(x, y, weights)` in the structure that a model takes, or what they are made of.

    Attributes:
        steps: training steps of one epoch.
        batch_size: new samples that a training step takes.
        training: the number of an epoch, and of a step in it (0 by default) -> batches for `fit`
            from there on, without end; with `gather` the orders of epochs instead: row numbers and
            weights, `(steps, batch)`, from the first step of that epoch.
        validation: the elements that visit the validation split once, and how many they are; None
            where there is no such split.
        gather: makes of the row numbers and weights of a step, within it, its batch
            `(x, y, weights)`; None where batches come ready.
        gather_validation: likewise of an element of `validation`.
    """

    steps: int
    batch_size: int
    training: Callable[..., Any]
    validation: tuple[Any, int] | None = None
    gather: Callable[..., Any] | None = None
    gather_validation: Callable[..., Any] | None = None

    def first(self, epoch: int) -> Any:
        """Return what the first step of an epoch is given."""
        element = next(iter(self.training(epoch)))
        return tuple(order[0] for order in element) if self.gather else element

    def spec(self, epoch: int) -> Any:
        """Return the shapes and dtypes of a batch, as the model takes it."""
        import tensorflow as tf

        if self.gather is None:
            return self.training(epoch).element_spec
        return tf.nest.map_structure(tf.TensorSpec.from_tensor, self.gather(*self.first(epoch)))


def batches_of(
    model: Any, data: Any, config: Mapping[str, Any], replicas: int, device: str | None = None
) -> Batches:
    """Return the batches of a data set for a model, training samples weighed by their classes.

    Args:
        model: the model that takes them.
        data: the data set.
        config: the whole config, for `loss`, `metrics` and `train.class_weight`.
        replicas: every batch can be shared evenly among so many.
        device: the one device whose steps may gather their batches themselves, as in `CPU:0`; None
            where steps cannot.

    Raises:
        ConfigError: the data's targets are not the model's outputs, or it lacks a class.
    """
    feed, weigh = feeder(model, tuple(data.targets), config), class_weigher(data, config)
    gather = data.gatherer("train", device) if device else None
    gather_validation = None

    def training(first_epoch: int, first_step: int = 0) -> Any:
        if gather:
            return data.training_rows(first_epoch + first_step // data.steps_per_epoch)
        batches = data.training_batches(first_epoch, replicas=replicas, first_step=first_step)
        return batches.map(weigh).map(feed)

    # Weights that are all one change nothing, but a small model multiplies by them for a while.
    weighted = (config.get("train") or {}).get("class_weight") or not data.trains_evenly
    even = () if weighted else (lambda x, y, weights: (x, y),)
    validation = None
    if data.sizes.get("validation"):
        gather_validation = data.gatherer("validation", device) if device else None
        if gather_validation:
            validation = data.evaluation_rows("validation")
        else:
            batches, steps = data.evaluation_batches("validation", replicas=replicas)
            validation = batches.map(feed), steps
    return Batches(
        data.steps_per_epoch,
        data.batch_size,
        training,
        validation,
        _chained(gather, weigh, feed, *even) if gather else None,
        _chained(gather_validation, feed) if gather_validation else None,
    )


def _chained(first: Callable[..., Any], *others: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that hands on what each returns as the arguments of the next."""

    def chained(*element: Any) -> Any:
        for function in (first, *others):
            element = function(*element)
        return element

    return chained
