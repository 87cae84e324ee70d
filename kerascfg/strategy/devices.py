"""What every strategy returns, and the questions about TensorFlow's devices that they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal

from kerascfg.errors import ConfigError, OtherProcessError, Problem

Precision = Literal["float32", "bfloat16", "float16"]
"""What layers compute in while training; variables are float32 always."""
Jit = Literal["auto"] | bool
"""Whether XLA compiles the training step; `auto` measures."""


@dataclass(frozen=True)
class Workers:
    """Processes of Keras's JAX backend that train in place of this one.

    Attributes:
        count: how many there are, on all machines together.
        here: the ranks of those that this process starts.
        devices: devices of each.
        logical: whether these are parts of its processor.
        first: the first GPU of this machine that they take.
        address: `HOST:PORT` of the first one, where they meet; None for a single one, or where JAX
            finds it itself.
        mesh: axis -> its size, the axis that shares the batch first.
        layout: glob over paths of variables -> the axis that divides each of its dimensions, or
            None.
    """

    count: int = 1
    here: tuple[int, ...] = (0,)
    devices: int = 1
    logical: bool = False
    first: int = 0
    address: str | None = None
    mesh: Mapping[str, int] = field(default_factory=dict)
    layout: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Tell whether the first worker is here, with which the run's directory is."""
        return 0 in self.here


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
        workers: the processes that train; None for this one.
    """

    name: str
    devices: tuple[str, ...]
    reason: str
    replicas: int = 1
    scope: Callable[[], AbstractContextManager[Any]] = nullcontext
    precision: Precision = "float32"
    jit: Jit = "auto"
    workers: Workers | None = None

    @property
    def trains_as_served(self) -> bool:
        """Tell whether the model computes while it is trained just as it does when it is served."""
        return self.replicas == 1 and self.precision == "float32" and self.workers is None


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
        OtherProcessError: TensorFlow has started in this process with another setting.
    """
    try:
        setting()
    except RuntimeError as error:
        raise OtherProcessError(
            f"{what} must be set before TensorFlow starts, and it has started in this process: "
            f"run this in a process of its own ({error})"
        ) from error


def expect_tensorflow() -> None:
    """Expect Keras to have been started with TensorFlow.

    Raises:
        OtherProcessError: this process has started it with another backend.
    """
    import keras

    if (backend := keras.backend.backend()) != "tensorflow":
        raise OtherProcessError(
            f"expected Keras with TensorFlow, and it has started with {backend} in this process: "
            "run this in a process of its own"
        )


def grow_memory(device: Any, grow: bool = True) -> None:
    """Let TensorFlow take a GPU's memory as it is needed instead of all at once."""
    import tensorflow as tf

    configure(lambda: tf.config.experimental.set_memory_growth(device, grow), "memory growth")


def no_float16() -> Problem:
    """Return the problem of float16 on a processor, which has no arithmetic for it."""
    return Problem(
        "strategy.precision",
        "expected float32 or bfloat16 on the processor, which computes float16 in software, "
        "slower than float32. Received: float16",
        hint="float16 is for GPUs",
        fix="strategy.precision=float32",
    )


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
