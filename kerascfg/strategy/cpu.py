"""`strategy=cpu`: the processor only, even where there is a GPU."""

from __future__ import annotations

import os
from typing import Literal

from kerascfg.errors import ConfigError
from kerascfg.strategy.devices import Strategy, Workers, configure, gpus, no_float16
from kerascfg.strategy.on_jax import strategy_of_jax


def cpu(
    threads: int | None = None,
    backend: Literal["tensorflow", "jax"] = "tensorflow",
    precision: Literal["float32", "bfloat16", "float16"] = "float32",
    jit: Literal["auto"] | bool = "auto",
) -> Strategy:
    """Compute on the processor.

    Args:
        threads: threads of one operation; all cores by default.
        backend: what trains; JAX takes all cores.
        precision: what layers compute in while training; variables stay float32.
        jit: whether XLA compiles the training step; `auto` measures.

    Raises:
        ConfigError: it shall compute in float16.
        OtherProcessError: TensorFlow has started with other threads.
    """
    import tensorflow as tf

    if precision == "float16":
        raise ConfigError(no_float16())
    if backend == "jax":
        workers = Workers(logical=True, mesh={"batch": 1})
        return strategy_of_jax("cpu", workers, "the processor", precision, jit)
    if gpus():
        configure(lambda: tf.config.set_visible_devices([], "GPU"), "hiding the GPUs")
    if threads is not None:
        current = tf.config.threading.get_intra_op_parallelism_threads()
        if current != threads:
            configure(
                lambda: tf.config.threading.set_intra_op_parallelism_threads(threads),
                "the number of threads",
            )
    count = threads or os.cpu_count() or 1
    return Strategy(
        "cpu", ("CPU:0",), f"the processor, {count} threads", precision=precision, jit=jit
    )
