"""What the strategies of Keras's JAX backend share."""

from __future__ import annotations

from typing import Literal

from kerascfg.errors import ConfigError, Problem
from kerascfg.strategy.devices import Strategy, Workers, gpus, grow_memory
from kerascfg.strategy.jax_devices import jax_accelerators


def devices_of_jax(devices: int | None, logical_devices: int | None) -> tuple[int, str]:
    """Return how many devices of this machine train, and what they are.

    Raises:
        ConfigError: fewer GPUs than asked for.
    """
    if logical_devices is not None:
        return logical_devices, f"the processor as {logical_devices} logical devices"
    found = jax_accelerators("gpu")
    count = len(found) if devices is None else devices
    if not 1 <= count <= len(found):
        raise ConfigError(
            Problem(
                "strategy.devices",
                f"expected at most {len(found)}, the number of GPUs here. Received: {count}",
                fix=f"strategy.devices={len(found)}",
            )
        )
    return count, f"{count} x {found[0]}"


def strategy_of_jax(
    name: str,
    workers: Workers,
    kind: str,
    precision: Literal["float32", "bfloat16", "float16"],
    jit: Literal["auto"] | bool,
) -> Strategy:
    """Return a strategy whose workers train with JAX.

    Args:
        name: the strategy's name.
        workers: the processes; the first axis of their mesh shares the batch.
        kind: what their devices are, in words.
        precision: what layers compute in while training.
        jit: whether XLA compiles the training step.
    """
    for device in gpus():  # TensorFlow builds and evaluates beside JAX: it must not take all memory
        grow_memory(device)
    names = tuple(f"jax:{index}" for index in range(workers.count * workers.devices))
    shares = next(iter(workers.mesh.values()))
    reason = f"{kind}, trained with Keras's JAX backend"
    return Strategy(name, names, reason, shares, precision=precision, jit=jit, workers=workers)
