"""The data sets that Keras downloads: MNIST and its kin, CIFAR, and two of house prices."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.data.peek import Peek, failed
from kerascfg.data.table import Table, fingerprint_of, measured_specs
from kerascfg.errors import Problem, RunError, did_you_mean

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class _Kind:
    """A data set: its columns, its classes, and the files that Keras keeps below its cache."""

    feature: str
    target: str
    files: tuple[str, ...]
    class_names: tuple[str, ...] | None = None


_GARMENTS = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
_THINGS = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
_KINDS = {
    "mnist": _Kind("image", "digit", ("mnist.npz",), tuple("0123456789")),
    "fashion_mnist": _Kind(
        "image",
        "garment",
        (
            "fashion-mnist/train-labels-idx1-ubyte.gz",
            "fashion-mnist/train-images-idx3-ubyte.gz",
            "fashion-mnist/t10k-labels-idx1-ubyte.gz",
            "fashion-mnist/t10k-images-idx3-ubyte.gz",
        ),
        _GARMENTS,
    ),
    "cifar10": _Kind("image", "label", ("cifar-10-batches-py-target_archive",), _THINGS),
    "cifar100": _Kind("image", "label", ("cifar-100-python-target_archive",)),
    "boston_housing": _Kind("features", "price", ("boston_housing.npz",)),
    "california_housing": _Kind("features", "price", ("california_housing.npz",)),
}


def keras_dataset(name: str) -> Table:
    """Yield a data set of `keras.datasets`, divided as it comes into train and test.

    Images are `image` `(height, width, channels)`, float32 in 0 to 1; tables are `features`.

    Args:
        name: mnist, fashion_mnist, cifar10, cifar100, boston_housing or california_housing.

    Raises:
        RunError: it is not in Keras's cache and cannot be downloaded, or cannot be read.
    """
    import numpy as np

    kind = _KINDS[name]
    (x_train, y_train), (x_test, y_test) = _arrays(name, kind)
    x, y = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test]).reshape(-1)
    if kind.feature == "image":
        x = (x if x.ndim == 4 else x[..., None]).astype("float32")
        x /= 255
        y = y.astype("int64")
    columns = {kind.feature: x.astype("float32", copy=False), kind.target: y}
    return Table(
        columns,
        measured_specs(columns),
        fingerprint_of(columns),
        target=kind.target,
        class_names={kind.target: kind.class_names} if kind.class_names else {},
        splits=np.repeat(["train", "test"], [len(y_train), len(y_test)]),
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Know the names."""
    name = arguments.get("name")
    if name in _KINDS:
        return Peek((_KINDS[name].feature, _KINDS[name].target), _KINDS[name].target)
    meant = did_you_mean(str(name), _KINDS)
    return failed(
        Problem(
            f"{path}.name",
            f"expected a data set of Keras ({', '.join(_KINDS)}). Received: {name}",
            hint=f"did you mean `{meant}`?" if meant else None,
            fix=f"{path}.name={meant}" if meant else None,
        )
    )


def _arrays(name: str, kind: _Kind) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Let Keras find or download the files; its progress goes where messages go."""
    import keras

    try:
        with contextlib.redirect_stdout(sys.stderr):
            return getattr(keras.datasets, name).load_data()
    except Exception as error:
        home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"
        places = "\n".join(f"    {home / file}" for file in kind.files)
        raise RunError(
            f"keras_dataset: `{name}` is neither readable in Keras's cache nor could it be "
            f"downloaded.\n  tried: {str(error).strip() or type(error).__name__}\n"
            "  way out: on a machine with a network, download the file that this names and put it "
            f"here under this name (KERAS_HOME moves the folder), then start again:\n{places}"
        ) from error
