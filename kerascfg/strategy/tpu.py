"""`strategy=tpu`: JAX, a copy of the model on every core of the TPUs of this machine."""

from __future__ import annotations

from typing import Literal

from kerascfg.strategy.devices import Strategy, Workers
from kerascfg.strategy.jax_devices import jax_accelerators
from kerascfg.strategy.on_jax import strategy_of_jax


def tpu(
    precision: Literal["float32", "bfloat16"] = "bfloat16",
    jit: Literal["auto"] | bool = "auto",
) -> Strategy:
    """Train on this machine's TPUs with Keras's JAX backend.

    Args:
        precision: what layers compute in while training; a TPU multiplies in bfloat16, variables
            stay float32.
        jit: whether XLA compiles the training step; JAX always does, unless this is false.

    Raises:
        ConfigError: JAX sees no TPU.
        RunError: JAX does not start.
    """
    found = jax_accelerators("tpu")
    workers = Workers(devices=len(found), mesh={"batch": len(found)})
    return strategy_of_jax("tpu", workers, f"{len(found)} x {found[0]}", precision, jit)
