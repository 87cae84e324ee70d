"""`strategy=auto`: all GPUs, the only GPU, or the processor, and it says which and why."""

from __future__ import annotations

from dataclasses import replace

from kerascfg.strategy.cpu import cpu
from kerascfg.strategy.devices import Strategy, gpus
from kerascfg.strategy.gpu import gpu
from kerascfg.strategy.mirrored import mirrored


def auto() -> Strategy:
    """Choose by the GPUs that are here."""
    match len(gpus()):
        case 0:
            chosen, why = cpu(), "TensorFlow sees no GPU"
        case 1:
            chosen, why = gpu(), "TensorFlow sees one GPU"
        case count:
            chosen, why = mirrored(), f"TensorFlow sees {count} GPUs"
    return replace(chosen, reason=f"{chosen.reason} (chosen by auto: {why})")
