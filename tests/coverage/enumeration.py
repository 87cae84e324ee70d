"""What Keras has, what the cases say of it, and the same objects written in Python."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).parent / "cases"
AREAS = {
    "layers": "layer",
    "optimizers": "optimizer",
    "optimizers.schedules": "schedule",
    "losses": "loss",
    "metrics": "metric",
    "callbacks": "callback",
    "initializers": "initializer",
    "regularizers": "regularizer",
    "constraints": "constraint",
    "dtype_policies": "dtype policy",
}


@cache
def read(name: str) -> Any:
    return yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))


def arguments_by_class(module: str) -> dict[str, dict[str, Any]]:
    """Return the cases of a module: class -> arguments."""
    if module != "layers":
        return read("objects")[module]
    return {
        name: case for group in read("layers").values() for name, case in group["layers"].items()
    }


def public_classes(module: str) -> dict[str, type]:
    """Return the public names of a module of the installed Keras that are classes, aliases too."""
    found = importlib.import_module(f"keras.{module}")
    names = {name: getattr(found, name) for name in dir(found) if not name.startswith("_")}
    return {name: thing for name, thing in names.items() if inspect.isclass(thing)}


def in_python(name: str, module: str, arguments: dict[str, Any]) -> Any:
    """Make the object of a case as a Python program would; a nested node is written out by hand."""
    thing = public_classes(module)[name]
    return thing(**{**arguments, **written_out().get((module, name), dict)()})


def written_out() -> dict[tuple[str, str], Callable[[], dict[str, Any]]]:
    """Return the arguments of those cases that hold nodes, in Python."""
    import keras
    from keras import initializers, layers, optimizers, regularizers

    decay = optimizers.schedules
    return {
        ("layers", "Conv2D"): lambda: {
            "kernel_initializer": initializers.HeNormal(seed=3),
            "kernel_regularizer": regularizers.L2(0.001),
            "kernel_constraint": keras.constraints.MaxNorm(3),
        },
        ("layers", "SeparableConv2D"): lambda: {"pointwise_regularizer": regularizers.L1(0.01)},
        ("layers", "LSTM"): lambda: {
            "recurrent_initializer": initializers.Orthogonal(gain=0.5, seed=3)
        },
        ("layers", "Dense"): lambda: {
            "kernel_initializer": initializers.VarianceScaling(2.0, "fan_out", seed=3),
            "activity_regularizer": regularizers.L1L2(0.1, 0.2),
        },
        ("layers", "PReLU"): lambda: {"alpha_initializer": initializers.Constant(0.25)},
        ("layers", "Embedding"): lambda: {
            "embeddings_initializer": initializers.RandomNormal(0, 0.1, seed=3)
        },
        ("layers", "Pipeline"): lambda: {
            "layers": [layers.RandomFlip("vertical", seed=7), layers.Rescaling(0.5)]
        },
        ("layers", "Bidirectional"): lambda: {
            "layer": layers.LSTM(3, return_sequences=True),
            "backward_layer": layers.GRU(3, return_sequences=True, go_backwards=True),
        },
        ("layers", "RNN"): lambda: {"cell": [layers.LSTMCell(3), layers.GRUCell(2)]},
        ("layers", "StackedRNNCells"): lambda: {"cells": [layers.LSTMCell(3), layers.GRUCell(2)]},
        ("layers", "TimeDistributed"): lambda: {"layer": layers.Dense(3, activation="relu")},
        ("layers", "SpectralNormalization"): lambda: {"layer": layers.Conv1D(2, 3)},
        ("layers", "Wrapper"): lambda: {"layer": layers.Dense(3)},
        ("optimizers", "Adam"): lambda: {"learning_rate": decay.CosineDecay(0.01, 100)},
        ("optimizers", "LossScaleOptimizer"): lambda: {"inner_optimizer": optimizers.SGD(0.1)},
        ("optimizers", "MultiOptimizer"): lambda: {
            "optimizer_map": optimizers.OptimizerMap(
                optimizers.SGD(0.1), {"encoder/.*": optimizers.Adam(0.01)}
            )
        },
        ("metrics", "MeanMetricWrapper"): lambda: {"fn": keras.losses.mean_squared_error},
        ("callbacks", "LearningRateScheduler"): lambda: {
            "schedule": decay.ExponentialDecay(0.1, 5, 0.5)
        },
        ("dtype_policies", "DTypePolicyMap"): lambda: {
            "policy_map": {"encoder/.*": keras.dtype_policies.DTypePolicy("float16")}
        },
    }


def state_of(made: Any) -> Any:
    """Return what tells two objects apart: the config and the plain attributes.

    Keras's configs leave some arguments out (`axis` of the loss `CosineSimilarity`).
    """
    import keras

    if isinstance(made, keras.callbacks.Callback):
        return plain(vars(made))
    attributes = {key: value for key, value in vars(made).items() if is_plain(value)}
    if not hasattr(made, "get_config"):
        return attributes
    return config_of(made), attributes


def config_of(made: Any) -> Any:
    """Return `get_config()`, what is nested in it included."""
    import keras

    return keras.saving.serialize_keras_object(made)["config"]


def is_plain(value: Any) -> bool:
    match value:
        case None | bool() | int() | float() | str():
            return True
        case list() | tuple():
            return all(is_plain(item) for item in value)
        case dict():
            return all(is_plain(item) for item in value.values())
        case _:
            return False


def plain(value: Any) -> Any:
    """Replace the objects among a callback's attributes by their class and configuration."""
    match value:
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case _ if hasattr(value, "get_config"):
            return type(value).__name__, value.get_config()
        case _ if hasattr(value, "__dict__") and not inspect.isroutine(value):
            return type(value).__name__, plain(vars(value))
        case _:
            return value
