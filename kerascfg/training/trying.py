"""Does a training step with a batch of some size fit into memory? Tried with the real thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from kerascfg.training.batches import batches_of
from kerascfg.training.fit import compile_stage
from kerascfg.training.loop import step_of
from kerascfg.training.remat import rematerialised
from kerascfg.training.settings import Stage


def step_fits(
    model: Any,
    data: Any,
    config: Mapping[str, Any],
    stages: Sequence[Stage],
    facts: Mapping[str, Any],
    strategy: Any,
    batch_size: int,
) -> bool:
    """Take a step of each stage, and tell whether memory sufficed; the model is changed by it.

    Args:
        model: a built model, on one device of TensorFlow.
        data: the data set.
        config: the whole config.
        stages: from `plan_stages`.
        facts: values that expressions may use.
        strategy: where the model trains.
        batch_size: samples of the step.
    """
    import tensorflow as tf

    sized = replace(data, batch_size=batch_size)
    again = (config.get("train") or {}).get("remat", False)
    try:
        for stage in stages:
            compile_stage(model, stage, config, facts, strategy, sized.steps_per_epoch)
            batches = batches_of(model, sized, config, 1, strategy.devices[0])
            with rematerialised(model) if again else nullcontext():
                logs = step_of(model, batches)(batches.first(0))
                tf.nest.map_structure(lambda value: value.numpy(), logs)
    except tf.errors.ResourceExhaustedError:
        return False
    return True
