"""`strategy=gpu`: one GPU."""

from __future__ import annotations

from typing import Literal

from kerascfg.errors import ConfigError, Problem
from kerascfg.strategy.devices import (
    Strategy,
    Workers,
    configure,
    device_name,
    gpus,
    grow_memory,
    no_gpu,
)
from kerascfg.strategy.jax_devices import jax_accelerators
from kerascfg.strategy.on_jax import strategy_of_jax


def gpu(
    index: int = 0,
    memory_growth: bool = True,
    backend: Literal["tensorflow", "jax"] = "tensorflow",
    precision: Literal["float32", "bfloat16", "float16"] = "float32",
    jit: Literal["auto"] | bool = "auto",
) -> Strategy:
    """Compute on one GPU.

    Args:
        index: which one, counted from 0.
        memory_growth: take memory as it is needed instead of all at once.
        backend: what trains.
        precision: what layers compute in while training; variables stay float32.
        jit: whether XLA compiles the training step; `auto` measures.

    Raises:
        ConfigError: there is no such GPU; nothing falls back to the processor.
        OtherProcessError: TensorFlow has started with other settings.
    """
    import tensorflow as tf

    if backend == "jax":
        return _on_jax(index, precision, jit)
    found = gpus()
    if not found:
        raise no_gpu("strategy", "a GPU")
    _expect_among(index, [device_name(device) for device in found])
    device = found[index]
    configure(lambda: tf.config.set_visible_devices([device], "GPU"), "the choice of a GPU")
    grow_memory(device, memory_growth)
    name = tf.config.experimental.get_device_details(device).get("device_name", "a GPU")
    return Strategy(
        "gpu",
        (device_name(device),),
        f"{name}, the GPU number {index}",
        precision=precision,
        jit=jit,
    )


def _on_jax(
    index: int,
    precision: Literal["float32", "bfloat16", "float16"],
    jit: Literal["auto"] | bool,
) -> Strategy:
    found = jax_accelerators("gpu")
    _expect_among(index, [f"{number} ({kind})" for number, kind in enumerate(found)])
    workers = Workers(first=index, mesh={"batch": 1})
    return strategy_of_jax("gpu", workers, f"{found[index]}, GPU number {index}", precision, jit)


def _expect_among(index: int, names: list[str]) -> None:
    if not 0 <= index < len(names):
        message = f"expected one of {', '.join(names)}. Received: {index}"
        raise ConfigError(Problem("strategy.index", message))
