"""`strategy=data_parallel`: JAX, a copy of the model on every device of this machine."""

from __future__ import annotations

from typing import Literal

from kerascfg.strategy.devices import Strategy, Workers
from kerascfg.strategy.on_jax import devices_of_jax, strategy_of_jax


def data_parallel(
    devices: int | None = None,
    logical_devices: int | None = None,
    precision: Literal["float32", "bfloat16", "float16"] = "float32",
    jit: Literal["auto"] | bool = "auto",
) -> Strategy:
    """Train on several devices of this machine with Keras's JAX backend.

    Unlike `mirrored` it computes as one device does throughout: Dropout draws for the whole batch,
    BatchNormalization sees it, gradients are clipped after they are added.

    Args:
        devices: how many GPUs; all by default.
        logical_devices: instead, split the processor into so many devices, to try things out.
        precision: what layers compute in while training; variables stay float32.
        jit: whether XLA compiles the training step; JAX always does, unless this is false.

    Raises:
        ConfigError: fewer GPUs than asked for; nothing falls back to fewer devices.
        RunError: JAX does not start.
    """
    count, kind = devices_of_jax(devices, logical_devices)
    return strategy_of_jax(
        "data_parallel",
        Workers(devices=count, logical=logical_devices is not None, mesh={"batch": count}),
        kind,
        precision,
        jit,
    )
