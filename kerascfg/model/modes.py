"""Hold `training` where a call states it: `call: {training: false}` on a backbone.

Keras documents that a stated value wins, but a functional model hands the value of its own call
to every layer and so overrules it (3.15): a backbone in inference mode would go on updating its
batch statistics while the model around it is trained.
"""

from __future__ import annotations

from typing import Any


def hold_stated_modes(model: Any) -> None:
    """Make each layer that was called with a stated `training` keep to it.

    A layer that is called again without one keeps to its own default there.
    """
    import keras

    for layer in model.layers:
        calls = (node.arguments.kwargs for node in layer._inbound_nodes)
        if any(arguments.get("training") is not None for arguments in calls):
            layer._call_context_args = layer._call_context_args - {"training"}
        if isinstance(layer, keras.Model):
            hold_stated_modes(layer)
