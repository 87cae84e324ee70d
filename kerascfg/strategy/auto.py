"""`strategy=auto`: all GPUs, the only GPU, or the processor, and it says which and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kerascfg.strategy.cpu import cpu
from kerascfg.strategy.devices import Strategy, gpus
from kerascfg.strategy.gpu import gpu
from kerascfg.strategy.mirrored import mirrored


def auto(
    devices: int | None = None,
    precision: Literal["float32", "bfloat16", "float16"] = "float32",
    jit: Literal["auto"] | bool = "auto",
) -> Strategy:
    """Choose by the GPUs that are here.

    Fewer devices take longer and learn the same: the batch is the config's on any number.

    Args:
        devices: how many GPUs are asked for, at most; all by default.
        precision: what layers compute in while training; variables stay float32.
        jit: whether XLA compiles the training step; `auto` measures.

    Raises:
        OtherProcessError: TensorFlow has started with other settings.
    """
    found = len(gpus())
    taken = found if devices is None else min(devices, found)
    match taken:
        case 0:
            chosen = cpu(precision=precision, jit=jit)
        case 1:
            chosen = gpu(precision=precision, jit=jit)
        case count:
            chosen = mirrored(devices=count, precision=precision, jit=jit)
    return replace(chosen, reason=f"{chosen.reason} ({explained(devices, found)})")


def explained(asked: int | None, found: int) -> str:
    """Say why auto chose what it chose: `asked for mirrored x4, found 1 GPU: that one`.

    Args:
        asked: how many GPUs the config asks for, None for all.
        found: how many there are.
    """
    seen = "no GPU" if found == 0 else "1 GPU" if found == 1 else f"{found} GPUs"
    if asked is None:
        return f"chosen by auto: TensorFlow sees {seen}"
    wanted = f"mirrored x{asked}" if asked > 1 else "1 GPU"
    if found >= asked:
        return f"auto: asked for {wanted}, found {seen}"
    taken = "the processor" if found == 0 else "that one" if found == 1 else "those"
    return f"auto: asked for {wanted}, found {seen}: {taken}, for the same result in more time"
