"""Hold `training` where a call states it: `call: {training: false}` on a backbone.

Keras documents that a stated value wins, but a functional model hands the value of its own call
to every layer and so overrules it (3.15): a backbone in inference mode would go on updating its
batch statistics while the model around it is trained.
"""

from __future__ import annotations

import inspect
from typing import Any


def hold_stated_modes(model: Any) -> None:
    """Make each layer that was called with a stated `training` keep to it.

    Keras records a layer's own default as if it were stated (`Dropout`, `RandomFlip`), so that a
    value counts as stated where it differs from that. A layer that is called again without one
    keeps to its own default there.
    """
    import keras

    for layer in model.layers:
        default = default_mode(layer)
        stated = {node.arguments.kwargs.get("training") for node in layer._inbound_nodes}
        if stated - {None, default}:
            layer._call_context_args = layer._call_context_args - {"training"}
        if isinstance(layer, keras.Model):
            hold_stated_modes(layer)


def default_mode(layer: Any) -> Any:
    """Return what `training` is where nobody says."""
    parameter = inspect.signature(layer.call).parameters.get("training")
    return parameter.default if parameter else None
