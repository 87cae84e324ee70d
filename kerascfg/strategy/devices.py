"""What every strategy returns, and the questions about devices that they share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

from kerascfg.errors import ConfigError, Problem, RunError

Precision = Literal["float32", "bfloat16", "float16"]
"""What layers compute in while training; variables are float32 always."""
Jit = Literal["auto"] | bool
"""Whether XLA compiles the training step; `auto` measures."""


@dataclass(frozen=True)
class Strategy:
    """Where a model is built and trained, and in which numbers.

    Attributes:
        name: the strategy's name.
        devices: the devices that compute, by name.
        reason: why these, in words for the user.
        replicas: copies of the model that share each batch.
        scope: opens the context in which model and optimizer are made.
        precision: what layers compute in while training.
        jit: whether XLA compiles the training step.
    """

    name: str
    devices: tuple[str, ...]
    reason: str
    replicas: int = 1
    scope: Callable[[], AbstractContextManager[Any]] = nullcontext
    precision: Precision = "float32"
    jit: Jit = "auto"


def gpus() -> list[Any]:
    """Return the GPUs that TensorFlow sees."""
    import tensorflow as tf

    return tf.config.list_physical_devices("GPU")


def device_name(device: Any) -> str:
    """Return a device's short name, as in `GPU:0`."""
    return device.name.removeprefix("/physical_device:")


def configure(setting: Callable[[], None], what: str) -> None:
    """Change a setting that TensorFlow takes only before it has started.

    Raises:
        RunError: TensorFlow has started in this process with another setting.
    """
    try:
        setting()
    except RuntimeError as error:
        raise RunError(
            f"{what} must be set before TensorFlow starts, and it has started in this process: "
            f"run this in a process of its own ({error})"
        ) from error


def no_gpu(path: str, asked: str) -> ConfigError:
    """Return the error of a strategy that needs a GPU where there is none."""
    return ConfigError(
        Problem(
            path,
            f"expected {asked}. Received: a machine on which TensorFlow sees no GPU",
            hint="strategy=auto takes what is there; on Linux a GPU needs its driver and "
            "`pip install tensorflow[and-cuda]`",
            fix="strategy=cpu",
        )
    )
