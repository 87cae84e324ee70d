"""Rematerialisation: what a layer computes inside is computed again for the gradient, not kept.

A step then needs less memory and more time. `keras.RematScope` does this too, but on TensorFlow
with Keras 3.15 a functional model under it cannot be trained ("custom_gradient ... keywords
arguments"), and it would compute Dropout with another mask the second time and update
BatchNormalization twice. Here only layers are computed again that compute the same again: those
without random numbers and without variables that a step changes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def rematerialised(model: Any) -> Iterator[list[str]]:
    """Let layers of a model, within the block only, compute again instead of keeping.

    Args:
        model: the model; layers of models nested in it count too.

    Yields:
        The paths of the layers that do.
    """
    chosen = [layer for layer in _layers_of(model) if _computes_the_same_again(layer)]
    for layer in chosen:
        layer.call = _recomputing(layer)
    try:
        yield [layer.path for layer in chosen]
    finally:
        for layer in chosen:
            del layer.call


def _layers_of(model: Any) -> Iterator[Any]:
    """Yield the nodes of a model's graph, those of nested models instead of the models."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers_of(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def _computes_the_same_again(layer: Any) -> bool:
    adds_losses = any(
        getattr(each, "activity_regularizer", None) for each in layer._flatten_layers()
    )
    return layer.trainable and not layer.non_trainable_variables and not adds_losses


def _recomputing(layer: Any) -> Callable[..., Any]:
    """Return what stands for a layer's `call`."""
    import tensorflow as tf

    call, nested = layer.call, False

    def recomputing(*args: Any, **kwargs: Any) -> Any:
        nonlocal nested
        if nested:
            return call(*args, **kwargs)
        flat = tf.nest.flatten((args, kwargs))
        at = [index for index, value in enumerate(flat) if tf.is_tensor(value)]

        def again(*tensors: Any) -> Any:
            nonlocal nested
            values = list(flat)
            for index, tensor in zip(at, tensors, strict=True):
                values[index] = tensor
            given, named = tf.nest.pack_sequence_as((args, kwargs), values)
            nested = True
            try:
                return layer(*given, **named)  # its own dtypes and scopes, in the gradient too
            finally:
                nested = False

        return tf.recompute_grad(again)(*(flat[index] for index in at))

    return recomputing
