"""BatchNormalization over the whole batch, and what else several devices compute otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from kerascfg.strategy.devices import Strategy


@contextmanager
def whole_batch_statistics(model: Any, on: bool, kept: Collection[str] = ()) -> Iterator[None]:
    """Let BatchNormalization take its statistics over the whole batch, not over a device's share.

    Within the block only: what is saved later is the layer that the config describes, which other
    backends can load.

    Args:
        model: the model that is trained; layers of models nested in it count too.
        on: whether statistics are synchronised between devices.
        kept: names of the layers whose node states `synchronized`, and which keep to it.
    """
    changed = {
        layer: layer.synchronized
        for layer in model._flatten_layers()
        if hasattr(layer, "synchronized") and layer.name not in kept
    }
    for layer in changed:
        layer.synchronized = on
    try:
        yield
    finally:
        for layer, before in changed.items():
            layer.synchronized = before


def differences(model: Any, strategy: Strategy, kept: Collection[str]) -> list[str]:
    """Return what of a training cannot equal one on one device, in words for the user.

    Args:
        model: the built model.
        strategy: where it is trained; only `mirrored` has such differences.
        kept: names of the layers whose node states `synchronized`.
    """
    if strategy.replicas < 2 or strategy.workers is not None:
        return []
    notes = []
    if random := [layer.name for layer in model._flatten_layers() if _draws(layer)]:
        notes.append(
            f"{', '.join(random)}: each of the {strategy.replicas} devices draws for its own "
            "share of the batch, so the model differs from one trained on one device "
            "(strategy=data_parallel does not)"
        )
    if local := [name for name in kept if not model.get_layer(name).synchronized]:
        notes.append(
            f"{', '.join(local)}: synchronized is false, so that each device normalises its own "
            "share of the batch"
        )
    if masked := [layer.name for layer in model._flatten_layers() if _is_masked(layer)]:
        notes.append(
            f"{', '.join(masked)}: Keras takes statistics without what is masked a device at a "
            "time, so the model differs from one trained on one device (strategy=data_parallel "
            "does not)"
        )
    return notes


def _is_masked(layer: Any) -> bool:
    """Tell whether a BatchNormalization gets a mask, with which Keras does not synchronise it."""
    tensors = [tensor for node in layer._inbound_nodes for tensor in node.input_tensors]
    masked = any(getattr(tensor, "_keras_mask", None) is not None for tensor in tensors)
    return masked and hasattr(layer, "synchronized")


def _draws(layer: Any) -> bool:
    return bool(getattr(layer, "_seed_generators", ())) and getattr(layer, "rate", 1) != 0
