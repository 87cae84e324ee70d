"""`strategy=mirrored`: a copy of the model on every device, each taking its share of the batch."""

from __future__ import annotations

from typing import Literal

from kerascfg.errors import ConfigError, Problem
from kerascfg.strategy.devices import Strategy, configure, device_name, gpus, no_gpu


def mirrored(
    devices: int | None = None,
    logical_devices: int | None = None,
    precision: Literal["float32", "bfloat16", "float16"] = "float32",
    jit: Literal["auto"] | bool = "auto",
) -> Strategy:
    """Compute on several devices of this machine.

    Args:
        devices: how many GPUs; all by default.
        logical_devices: instead, split the processor into so many devices, to try things out.
        precision: what layers compute in while training; variables stay float32.
        jit: whether XLA compiles the training step; `auto` measures.

    Raises:
        ConfigError: fewer GPUs than asked for; nothing falls back to fewer devices.
        OtherProcessError: TensorFlow has started with other logical devices.
    """
    import tensorflow as tf

    if logical_devices is not None:
        names = _split_cpu(logical_devices)
        reason = f"the processor as {logical_devices} logical devices"
    else:
        found = gpus()
        if not found:
            raise no_gpu("strategy", "GPUs, or strategy.logical_devices to split the processor")
        count = len(found) if devices is None else devices
        if not 1 <= count <= len(found):
            raise ConfigError(
                Problem(
                    "strategy.devices",
                    f"expected at most {len(found)}, the number of GPUs here. Received: {count}",
                    fix=f"strategy.devices={len(found)}",
                )
            )
        # Collectives remember their group's size for the whole process: so does what is visible,
        # and a job of another size gets a process of its own.
        configure(lambda: tf.config.set_visible_devices(found[:count], "GPU"), "the choice of GPUs")
        names = [device_name(device) for device in found[:count]]
        reason = f"{count} GPUs"
    # Reducing on one device keeps no such memory: parts of the processor may be used at will.
    reduction = tf.distribute.ReductionToOneDevice() if logical_devices is not None else None
    strategy = tf.distribute.MirroredStrategy(names, cross_device_ops=reduction)
    return Strategy(
        "mirrored", tuple(names), reason, len(names), strategy.scope, precision=precision, jit=jit
    )


def _split_cpu(count: int) -> list[str]:
    import tensorflow as tf

    if count < 1:
        raise ConfigError(
            Problem("strategy.logical_devices", f"expected at least 1. Received: {count}")
        )
    processor = tf.config.list_physical_devices("CPU")[0]
    known = tf.config.get_logical_device_configuration(processor)
    if known is None or len(known) < count:
        parts = [tf.config.LogicalDeviceConfiguration() for _ in range(count)]
        configure(
            lambda: tf.config.set_logical_device_configuration(processor, parts),
            "the number of logical devices",
        )
    return [f"CPU:{index}" for index in range(count)]
