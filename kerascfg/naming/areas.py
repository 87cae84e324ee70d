"""Where a short name is looked up, and what of known packages a config may name at all."""

from __future__ import annotations

AREAS: dict[str, tuple[str, ...]] = {
    "layer": ("keras.layers", "kerascfg.layers"),
    "op": ("kerascfg.ops", "keras.ops"),
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
    "model": (),
    "source": ("kerascfg.data.sources",),
    "strategy": ("kerascfg.strategy",),
    "target": ("kerascfg.exporting.targets",),
    "tracker": ("kerascfg.training.trackers",),
}

NAMEABLE: dict[str, tuple[str, ...]] = {
    "keras": (
        *("keras.layers", "keras.ops", "keras.random", "keras.optimizers", "keras.losses"),
        *("keras.metrics", "keras.callbacks", "keras.initializers", "keras.regularizers"),
        *("keras.constraints", "keras.activations", "keras.dtype_policies"),
        "keras.applications",
    ),
    "keras_hub": (
        *("keras_hub.layers", "keras_hub.models", "keras_hub.tokenizers", "keras_hub.samplers"),
        "keras_hub.metrics",
    ),
    "kerascfg": tuple(
        dict.fromkeys(m for area in AREAS.values() for m in area if m.startswith("kerascfg."))
    ),
}
"""What a config may name of packages that are always allowed: what builds and trains a model.

`keras.utils`, `keras.saving` and `keras_hub.upload_preset` load, download, delete and send.
"""

HELPERS = frozenset({"get", "serialize", "deserialize", "Layer"})
"""Public in Keras's modules, but nothing that a node could be."""

REFUSED = {
    "Lambda": "it carries code inside data; write a function in your package and name it by `op:`",
    "TFSMLayer": "it runs a stored graph of unknown origin",
    "LambdaCallback": "it carries code inside data; write a callback in your package",
    "RemoteMonitor": "it sends the run to another machine",
}
"""What of Keras no config may name, and why."""

NEEDS_OBJECT = frozenset(
    {
        *("layer", "cell", "cells", "forward_layer", "backward_layer"),
        *("inner_optimizer", "default_optimizer", "optimizer_map"),
    }
)
"""Arguments in which a bare string is a node, since Keras takes no identifier there."""

REQUIRED_VALUE = "???"
"""Hydra's word for a value that must be given."""

_BY_ARGUMENT = {
    "learning_rate": "schedule",
    "schedule": "schedule",
    "optimizer": "optimizer",
    "optimizers": "optimizer",
    "inner_optimizer": "optimizer",
    "default_optimizer": "optimizer",
    "optimizer_map": "optimizer",
    "loss": "loss",
    "metric": "metric",
    "metrics": "metric",
    "dtype": "dtype policy",
    "dtype_policy": "dtype policy",
    "default_policy": "dtype policy",
    "policy_map": "dtype policy",
}
_BY_PATTERN = frozenset({"optimizer_map", "policy_map"})
"""Arguments that are mappings whose keys are patterns of paths, no arguments."""
_BY_SUFFIX = ("initializer", "regularizer", "constraint", "activation")


def area_of_argument(argument: str) -> str:
    """Return the area in which the node given for `argument` is looked up."""
    if argument in _BY_ARGUMENT:
        return _BY_ARGUMENT[argument]
    for suffix in _BY_SUFFIX:
        if argument == suffix or argument.endswith("_" + suffix):
            return suffix
    return "layer"


def argument_within(argument: str, key: str) -> str:
    """Return the argument that a value below `argument.key` is for."""
    return argument if argument in _BY_PATTERN else key


def is_nameable(module: str) -> bool:
    """Tell whether a module of an always allowed package holds what a config may name."""
    public = module.replace(".src.", ".")
    roots = NAMEABLE.get(module.split(".")[0], ())
    return any(f"{public}.".startswith(f"{root}.") for root in roots)
