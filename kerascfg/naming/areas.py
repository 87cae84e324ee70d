"""Where a short name is looked up: an area is a list of modules, chosen by the name's place."""

from __future__ import annotations

AREAS: dict[str, tuple[str, ...]] = {
    "layer": ("keras.layers", "kerascfg.layers"),
    "op": ("keras.ops",),
    "optimizer": ("keras.optimizers",),
    "schedule": ("keras.optimizers.schedules",),
    "loss": ("keras.losses",),
    "metric": ("keras.metrics",),
    "callback": ("keras.callbacks", "kerascfg.training.callbacks"),
    "initializer": ("keras.initializers",),
    "regularizer": ("keras.regularizers",),
    "constraint": ("keras.constraints",),
    "activation": ("keras.activations", "keras.layers"),
    "dtype policy": ("keras.dtype_policies",),
    "source": ("kerascfg.data.sources",),
    "strategy": ("kerascfg.strategy",),
    "target": ("kerascfg.exporting.targets",),
    "tracker": ("kerascfg.training.trackers",),
}

KERAS_MODULES = (
    "keras.layers",
    "keras.ops",
    "keras.random",
    "keras.optimizers",
    "keras.losses",
    "keras.metrics",
    "keras.callbacks",
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
    "keras.activations",
    "keras.dtype_policies",
    "keras.applications",
)
"""What of Keras a config may name; `keras.utils` and `keras.saving` download, delete and load."""

NEEDS_OBJECT = frozenset({"layer", "cell", "cells", "forward_layer", "backward_layer"})
"""Arguments in which a bare string is a node, since Keras takes no identifier there."""

_BY_ARGUMENT = {
    "learning_rate": "schedule",
    "optimizer": "optimizer",
    "inner_optimizer": "optimizer",
    "optimizers": "optimizer",
    "loss": "loss",
    "metric": "metric",
    "metrics": "metric",
    "activation": "activation",
    "dtype": "dtype policy",
    "dtype_policy": "dtype policy",
}
_BY_SUFFIX = ("initializer", "regularizer", "constraint", "activation")


def area_of_argument(argument: str) -> str:
    """Return the area in which the node given for `argument` is looked up."""
    if argument in _BY_ARGUMENT:
        return _BY_ARGUMENT[argument]
    for suffix in _BY_SUFFIX:
        if argument == suffix or argument.endswith("_" + suffix):
            return suffix
    return "layer"
