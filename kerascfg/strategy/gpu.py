"""`strategy=gpu`: one GPU."""

from __future__ import annotations

from typing import Literal

from kerascfg.errors import ConfigError, Problem
from kerascfg.strategy.devices import Strategy, configure, device_name, gpus, no_gpu


def gpu(
    index: int = 0,
    memory_growth: bool = True,
    precision: Literal["float32", "bfloat16", "float16"] = "float32",
    jit: Literal["auto"] | bool = "auto",
) -> Strategy:
    """Compute on one GPU.

    Args:
        index: which one, counted from 0.
        memory_growth: take memory as it is needed instead of all at once.
        precision: what layers compute in while training; variables stay float32.
        jit: whether XLA compiles the training step; `auto` measures.

    Raises:
        ConfigError: there is no such GPU; nothing falls back to the processor.
        RunError: TensorFlow has started with other settings.
    """
    import tensorflow as tf

    found = gpus()
    if not found:
        raise no_gpu("strategy", "a GPU")
    if not 0 <= index < len(found):
        names = ", ".join(map(device_name, found))
        raise ConfigError(Problem("strategy.index", f"expected one of {names}. Received: {index}"))
    device = found[index]
    configure(lambda: tf.config.set_visible_devices([device], "GPU"), "the choice of a GPU")
    configure(
        lambda: tf.config.experimental.set_memory_growth(device, memory_growth), "memory growth"
    )
    name = tf.config.experimental.get_device_details(device).get("device_name", "a GPU")
    return Strategy(
        "gpu",
        (device_name(device),),
        f"{name}, the GPU number {index}",
        precision=precision,
        jit=jit,
    )
