"""`strategy=auto`: all GPUs, the only GPU, or the processor, and it says which and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kerascfg.strategy.cpu import cpu
from kerascfg.strategy.devices import Strategy, gpus
from kerascfg.strategy.gpu import gpu
from kerascfg.strategy.mirrored import mirrored


def auto(
    precision: Literal["float32", "bfloat16", "float16"] = "float32",
    jit: Literal["auto"] | bool = "auto",
) -> Strategy:
    """Choose by the GPUs that are here.

    Args:
        precision: what layers compute in while training; variables stay float32.
        jit: whether XLA compiles the training step; `auto` measures.
    """
    match len(gpus()):
        case 0:
            chosen, why = cpu(precision=precision, jit=jit), "TensorFlow sees no GPU"
        case 1:
            chosen, why = gpu(precision=precision, jit=jit), "TensorFlow sees one GPU"
        case count:
            chosen, why = mirrored(precision=precision, jit=jit), f"TensorFlow sees {count} GPUs"
    return replace(chosen, reason=f"{chosen.reason} (chosen by auto: {why})")
