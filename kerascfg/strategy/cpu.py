"""`strategy=cpu`: the processor only, even where there is a GPU."""

from __future__ import annotations

import os

from kerascfg.strategy.devices import Strategy, configure, gpus


def cpu(threads: int | None = None) -> Strategy:
    """Compute on the processor.

    Args:
        threads: threads of one operation; all cores by default.

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
    return Strategy("cpu", ("CPU:0",), f"the processor, {count} threads")
