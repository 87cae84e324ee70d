"""How many steps one execution takes, and whether XLA compiles them: measured before the first.

A call of the compiled loop costs about a millisecond of Python, whatever it computes; small steps
are over in less. So an execution takes as many as fit into a tenth of a second: then what a call
costs does not matter, and progress, callbacks, checkpoints and signals come often enough. The step
that is timed is the one that trains, traced once; what it changed is put back, so that the pace
has no influence on the result.

XLA is another matter: what it computes differs in the last digits, and compiling takes from
seconds to minutes. On a processor it made networks of convolutions several times slower, after half
a minute of compiling (docs/speed.md), and two equal commands should end with equal weights: `auto`
leaves it off there. On a GPU both are timed, where the step is small enough to compile soon.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from kerascfg.training.batches import Batches
from kerascfg.training.loop import Pace, Step, step_of

_EXECUTION = 0.1
"""Seconds that an execution may take."""
_MOST_STEPS = 1024
_TIMED = 3
_LARGE = 3000
"""Operations of a step from which on it takes so long by itself that a call's cost is nothing."""


def measured_pace(
    model: Any,
    batches: Batches,
    first_epoch: int,
    steps: int | Literal["auto"],
    jit: bool | Literal["auto"],
    on_gpu: bool,
) -> tuple[Pace, Step]:
    """Return the pace, and the compiled step with which to train.

    Args:
        model: a compiled model.
        batches: what it will learn from.
        first_epoch: the epoch that begins.
        steps: steps in an execution, or `auto`.
        jit: whether XLA compiles a step, or `auto`.
        on_gpu: whether a GPU computes.
    """
    step = step_of(model, batches, jit is True)
    if steps != "auto" and (jit != "auto" or not on_gpu):
        return Pace(min(steps, batches.steps), jit is True), step
    element = batches.first(first_epoch)
    model.optimizer.build(model.trainable_variables)
    if _is_large(step, element):
        return Pace(1 if steps == "auto" else min(steps, batches.steps), jit is True), step
    with _put_back(model):
        seconds = _seconds(step, element)
        if jit == "auto" and on_gpu and _can_compile(model):
            compiled = step_of(model, batches, jit=True)
            with_xla = _seconds(compiled, element)
            if with_xla < seconds:
                step, seconds, jit = compiled, with_xla, True
    if steps == "auto":
        steps = steps_within(_EXECUTION, seconds)
    return Pace(min(steps, batches.steps), jit is True), step


def steps_within(limit: float, seconds: float) -> int:
    """Return how many steps of a length fit into a time, at least one.

    Args:
        limit: the time in seconds.
        seconds: the length of one step; it is timed alone, and a little shorter within the loop.
    """
    return max(1, min(_MOST_STEPS, int(limit / seconds)))


def _is_large(step: Any, element: Any) -> bool:
    graph = step.get_concrete_function(element).graph
    return len(graph.get_operations()) > _LARGE


def _can_compile(model: Any) -> bool:
    """Tell whether XLA may compile a model: its layers and determinism allow it, as for Keras."""
    import tensorflow as tf

    if tf.config.experimental.is_op_determinism_enabled():
        return False
    return all(layer.supports_jit for layer in model.layers)


def _seconds(step: Step, element: Any) -> float:
    """Return how long a step takes, the fastest of a few; the first one prepares."""
    import tensorflow as tf

    taken = []
    for _ in range(1 + _TIMED):
        begun = time.perf_counter()
        tf.nest.map_structure(lambda value: value.numpy(), step(element))
        taken.append(time.perf_counter() - begun)
    return min(taken[1:])


@contextmanager
def _put_back(model: Any) -> Iterator[None]:
    """Put back what the steps within the block change."""
    import keras

    changing = {id(v): v for v in (*model.variables, *model.optimizer.variables)}.values()
    before = [keras.ops.copy(variable) for variable in changing]
    try:
        yield
    finally:
        for variable, value in zip(changing, before, strict=True):
            variable.assign(value)
        model.reset_metrics()
