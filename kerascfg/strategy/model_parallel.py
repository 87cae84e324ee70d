"""`strategy=model_parallel`: JAX, variables divided over a mesh of this machine's devices."""

from __future__ import annotations

from math import prod
from typing import Literal

from kerascfg.errors import ConfigError, Problem
from kerascfg.strategy.devices import Strategy, Workers
from kerascfg.strategy.on_jax import devices_of_jax, strategy_of_jax


def model_parallel(
    mesh: dict[str, int],
    layout: dict[str, list[str | None]],
    logical_devices: int | None = None,
    precision: Literal["float32", "bfloat16", "float16"] = "float32",
    jit: Literal["auto"] | bool = "auto",
) -> Strategy:
    """Train a model that does not fit on one device, with Keras's JAX backend.

    Args:
        mesh: axis -> how many devices lie along it, as in {batch: 2, model: 4}; the first axis
            shares the batch. All of them together are the number of devices.
        layout: glob over the paths of variables -> the mesh axis that divides each of its
            dimensions, null for none, as in {"dense*/kernel": [null, model]}. Variables that no
            glob matches lie on every device whole.
        logical_devices: instead of GPUs, split the processor into so many devices.
        precision: what layers compute in while training; variables stay float32.
        jit: whether XLA compiles the training step; JAX always does, unless this is false.

    Raises:
        ConfigError: there are not as many GPUs as the mesh has places.
        RunError: JAX does not start.
    """
    wanted = prod(mesh.values())
    count, kind = devices_of_jax(wanted, logical_devices)
    if count != wanted:
        shape = " x ".join(f"{axis} {size}" for axis, size in mesh.items())
        raise ConfigError(
            Problem(
                "strategy.logical_devices",
                f"expected {wanted}, the places of the mesh ({shape}). Received: {count}",
                fix=f"strategy.logical_devices={wanted}",
            )
        )
    divided = {glob: tuple(axes) for glob, axes in layout.items()}
    workers = Workers(
        devices=count, logical=logical_devices is not None, mesh=dict(mesh), layout=divided
    )
    return strategy_of_jax("model_parallel", workers, kind, precision, jit)
