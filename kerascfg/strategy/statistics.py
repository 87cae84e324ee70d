"""BatchNormalization over the whole batch, however many devices share it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def whole_batch_statistics(model: Any, on: bool, kept: Collection[Any] = ()) -> Iterator[None]:
    """Let BatchNormalization take its statistics over the whole batch, not over a device's share.

    Within the block only: what is saved later is the layer that the config describes, which other
    backends can load.

    Args:
        model: the model that is trained; layers of models nested in it count too.
        on: whether statistics are synchronised between devices.
        kept: layers whose node states `synchronized`, and which keep to it.
    """
    changed = {
        layer: layer.synchronized
        for layer in model._flatten_layers()
        if hasattr(layer, "synchronized") and not any(layer is other for other in kept)
    }
    for layer in changed:
        layer.synchronized = on
    try:
        yield
    finally:
        for layer, before in changed.items():
            layer.synchronized = before


def draws_at_random(model: Any) -> list[str]:
    """Return the names of the layers that draw random numbers while training, as Dropout does."""
    return [layer.name for layer in model._flatten_layers() if _draws(layer)]


def _draws(layer: Any) -> bool:
    return bool(getattr(layer, "_seed_generators", ())) and getattr(layer, "rate", 1) != 0
