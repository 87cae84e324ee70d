"""Real samples of a run, and the cases that are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kerascfg.damages import DAMAGES
from kerascfg.errors import RunError
from kerascfg.texts import restored

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.delivery import Port

SAMPLES = "samples.npz"

CHUNK = 32
"""Samples in one call, so that a large model does not need the memory of all of them."""
OF_SAMPLES = ("samples", "one", "odd")
"""The cases of real samples; all others are edge cases."""


@dataclass(frozen=True)
class Samples:
    """Real samples of the test split.

    Attributes:
        features: name -> array, one row a sample.
        truth: target -> array, likewise.
    """

    features: Mapping[str, np.ndarray]
    truth: Mapping[str, np.ndarray]

    @property
    def count(self) -> int:
        """Return the number of samples."""
        return min(len(array) for array in self.features.values())


def read_samples(run_directory: Path, name: str = SAMPLES) -> Samples:
    """Read samples (arrays `x/FEATURE` and `y/TARGET`), which training writes.

    Args:
        run_directory: the finished run.
        name: `samples.npz`, or another file of that kind there.

    Raises:
        RunError: it is missing, damaged or empty.
    """
    import numpy as np

    file = run_directory / name
    try:
        with np.load(file, allow_pickle=False) as stored:
            arrays = {name: restored(stored[name]) for name in stored.files}
    except FileNotFoundError as error:
        raise RunError(
            f"expected {name} in the run directory: an artefact is compared on real samples. "
            f"Received: {run_directory}, which has none"
        ) from error
    except DAMAGES as error:
        raise RunError(f"{file} cannot be read: {error}") from error
    samples = Samples(
        {name.removeprefix("x/"): array for name, array in arrays.items() if name[:2] == "x/"},
        {name.removeprefix("y/"): array for name, array in arrays.items() if name[:2] == "y/"},
    )
    if not samples.features or not samples.count:
        raise RunError(f"{file} holds no samples to compare artefacts on")
    return samples


def fed(inputs: Sequence[Port], features: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the features by the names of the inputs, in their dtypes.

    Raises:
        RunError: an input has no feature, or one of another kind.
    """
    rows = {}
    for port in inputs:
        name = port.model_name or port.name
        if name in features:
            array = features[name]
        elif len(inputs) == 1 and len(features) == 1:
            (array,) = features.values()
        else:
            known = ", ".join(sorted(features))
            raise RunError(f"expected samples for the input {name!r}. Received: {known}")
        is_text = array.dtype.kind in "UO"
        if is_text != (port.dtype == "string"):
            raise RunError(
                f"expected samples of dtype {port.dtype} for the input {name!r}. "
                f"Received: {array.dtype}"
            )
        rows[port.name] = array if is_text else array.astype(port.dtype, copy=False)
    return rows


def with_batches(cases: Mapping[str, Sequence[int]], any_batch: bool) -> dict[str, tuple[int, int]]:
    """Add the cases of batches to what is compared: case -> the rows that it is about.

    Args:
        cases: what Keras was asked; "samples" are the real ones.
        any_batch: whether the artefact takes any number of samples at once: then one alone and an
            odd number of them are cases of their own.
    """
    slices = {case: (start, stop) for case, (start, stop) in cases.items()}
    if any_batch:
        count = slices["samples"][1]
        slices["one"] = (0, 1)
        if count > 1:
            slices["odd"] = (0, min(7, count - 1 + count % 2))
    return slices
