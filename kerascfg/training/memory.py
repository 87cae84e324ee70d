"""A step that needs more memory than there is: which batch it was, and which layers take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

from kerascfg.errors import RunError

_SHOWN = 3
_WORDS = (
    *("RESOURCE_EXHAUSTED", "OOM when allocating", "out of memory", "OUT_OF_MEMORY"),
    "Cannot parse tensor from proto",  # TensorFlow, where it finds no room for a constant
)
"""How TensorFlow, XLA and CUDA say it, in errors of many classes."""


@dataclass(frozen=True)
class Activation:
    """What a layer gives for one batch.

    Attributes:
        layer: its name, with those of the models around it.
        size: in bytes; an axis that differs from sample to sample counts as one.
    """

    layer: str
    size: int


def explain_memory(error: Exception, model: Any, batch_size: int) -> RunError | None:
    """Say that a step found too little memory, what takes it, and which override helps.

    Args:
        error: what training raised.
        model: the built model.
        batch_size: of the training.

    Returns:
        None where the error is about something else.
    """
    if isinstance(error, RunError):  # which says itself what is the matter
        return None
    if not isinstance(error, MemoryError) and not any(word in str(error) for word in _WORDS):
        return None
    found = activations(model, batch_size)
    total = sum(each.size for each in found) or 1
    weights = sum(prod(v.shape) * 4 for v in model.variables)
    largest = ", ".join(
        f"{each.layer} {_spell(each.size)} ({each.size / total:.0%})" for each in found[:_SHOWN]
    )
    told = f"; the largest: {largest}" if found else ""
    way_out = (
        f"data.batch_size={batch_size // 2} halves it"
        if batch_size > 1
        else "one sample is too large: a smaller model or input is the way out"
    )
    return RunError(
        f"out of memory in a step with data.batch_size={batch_size}. What its layers give is kept "
        f"until the step's end, at least {_spell(total)}{told}. The weights take "
        f"{_spell(weights)}, as much again for each number that the optimizer keeps of them. "
        f"{way_out}"
    )


def activations(model: Any, batch_size: int) -> list[Activation]:
    """Return what the layers of a model give for one batch, the largest first."""
    found = (
        Activation(name, batch_size * sum(map(_size, _tensors(layer))))
        for name, layer in _layers(model, "")
    )
    return sorted(found, key=lambda each: -each.size)


def _layers(model: Any, path: str) -> Iterator[tuple[str, Any]]:
    for layer in model.layers:
        if getattr(layer, "layers", None) and hasattr(layer, "output"):  # a model within
            yield from _layers(layer, f"{path}{layer.name}/")
        else:
            yield f"{path}{layer.name}", layer


def _tensors(layer: Any) -> list[Any]:
    import keras

    try:
        return keras.tree.flatten(layer.output)
    except AttributeError:  # never called, or called in several places
        return []


def _size(tensor: Any) -> int:
    """Return the size of a tensor's part for one sample, in bytes."""
    import numpy as np

    width = 2 if tensor.dtype == "bfloat16" else np.dtype(tensor.dtype).itemsize
    return prod(axis or 1 for axis in tensor.shape[1:]) * width


def _spell(size: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.4g} {unit}"
        size /= 1024
    return f"{size:.4g} TiB"
