"""The loop of `fit`, compiled: several steps in one call, each gathering its own batch.

Training stays `keras.Model.fit`. Two of the methods that Keras means to be overridden are, for the
time of a `fit`: `train_step` and `test_step` gather their batch before they do what the model does,
and `make_train_function` makes a function that takes exactly the steps that Keras asks for next.
(Keras's own function for several steps asks before each whether there is another batch, and would
run over the end of an epoch whose steps are not a multiple of `steps_per_execution`.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from kerascfg.training.batches import Batches


@dataclass(frozen=True)
class Pace:
    """How the steps of a stage are run.

    Attributes:
        steps_per_execution: steps in one call of the compiled loop.
        jit: whether XLA compiles the step.
    """

    steps_per_execution: int = 1
    jit: bool = False


Step = Callable[[Any], Any]
"""A batch, or the row numbers and weights of one -> the logs of one training step, compiled."""


def step_of(model: Any, batches: Batches, jit: bool = False) -> Step:
    """Return the model's training step as one compiled function."""
    import tensorflow as tf

    train, gather = model.train_step, batches.gather

    def step(element: Any) -> Any:
        return train(gather(*element) if gather else element)

    return tf.function(step, jit_compile=jit, autograph=False, reduce_retracing=True)


@contextmanager
def compiled_loop(
    model: Any, batches: Batches, step: Step, pace: Pace, first_step: int = 0
) -> Iterator[None]:
    """Let `fit` run a model's steps at a pace, within the block only.

    Args:
        model: a compiled model, on one device of TensorFlow.
        batches: what `fit` is given.
        step: from `step_of`.
        pace: how the steps are run.
        first_step: the step of an epoch that `fit` is to do first.
    """
    test, gather = model.test_step, batches.gather_validation

    def test_step(element: Any) -> Any:
        return test(gather(*element) if gather else element)

    def make_train_function(force: bool = False) -> None:
        if model.train_function is None or force:
            model.train_function = _train_function(model, step, pace, batches, first_step)

    changed: dict[str, Any] = {"make_train_function": make_train_function, "test_step": test_step}
    for name, function in changed.items():
        setattr(model, name, function)
    model.steps_per_execution, model.jit_compile = pace.steps_per_execution, pace.jit
    try:
        yield
    finally:
        for name in changed:
            delattr(model, name)
        model.train_function = model.test_function = None
        model.steps_per_execution = 1


def _train_function(
    model: Any, step: Step, pace: Pace, batches: Batches, first_step: int
) -> Callable[[Any], Any]:
    """Return what `fit` calls for each execution, with the iterator of what it was given."""
    import tensorflow as tf

    at = first_step % batches.steps  # where an epoch's steps are all done, the next one begins
    order: Any = None

    @partial(tf.function, autograph=False, reduce_retracing=True)
    def run_batches(iterator: Any, count: Any) -> Any:
        return _looped(model, step, count, lambda _: iterator.get_next())

    @partial(tf.function, autograph=False, reduce_retracing=True)
    def run_rows(rows: Any, weights: Any, begin: Any, count: Any) -> Any:
        def element(index: Any) -> Any:
            return rows[begin + index], weights[begin + index]

        return _looped(model, step, count, element)

    def execute(iterator: Any) -> Any:
        nonlocal at, order
        begin, count = at, min(pace.steps_per_execution, batches.steps - at)
        at = (at + count) % batches.steps
        if batches.gather is None:
            return run_batches(iterator, tf.constant(count))
        if begin == 0 or order is None:
            order = next(iterator)
        rows, weights = order
        return run_rows(rows, weights, tf.constant(begin), tf.constant(count))

    return execute


def _looped(model: Any, step: Step, count: Any, element: Callable[[Any], Any]) -> Any:
    """Take steps within a graph, and return the logs of the last one.

    Args:
        model: the model.
        step: its training step.
        count: how many steps, a scalar tensor.
        element: the number of a step, from 0 -> what it is given.
    """
    import tensorflow as tf

    def go_on(index: Any, *_: Any) -> Any:
        return tf.less(index, count)

    if not _has_own_logs(model):

        def take(index: Any) -> Any:
            step(element(index))
            return (index + 1,)

        tf.while_loop(go_on, take, (tf.constant(0),))
        return model.get_metrics_result()

    def take_over(index: Any, _: Any) -> Any:
        return index + 1, step(element(index))

    # A step of the user's own: its logs are handed from step to step.
    return tf.while_loop(go_on, take_over, (tf.constant(1), step(element(0))))[1]


def _has_own_logs(model: Any) -> bool:
    """Tell whether a step's logs may be other than the model's metrics."""
    import keras

    kind = type(model)
    return (
        kind.train_step is not keras.Model.train_step
        or kind.compute_metrics is not keras.Model.compute_metrics
    )
