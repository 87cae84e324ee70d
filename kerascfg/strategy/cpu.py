"""`strategy=cpu`: the processor only, even where there is a GPU."""

from __future__ import annotations

import os
from typing import Literal

from kerascfg.strategy.devices import Strategy, configure, gpus


def cpu(
    threads: int | None = None,
    precision: Literal["float32", "bfloat16", "float16"] = "float32",
    jit: Literal["auto"] | bool = "auto",
) -> Strategy:
    """Compute on the processor.

    Args:
        threads: threads of one operation; all cores by default.
        precision: what layers compute in while training; variables stay float32.
        jit: whether XLA compiles the training step; `auto` measures.

    Raises:
        RunError: TensorFlow has started with other threads.
    """
    import tensorflow as tf

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
