"""What a run says of its data: a line, and the facts that stay with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerascfg.data.dataset import Data
    from kerascfg.data.table import TensorSpec

_FEATURES = 4
_LETTERS = 60
"""So many features, and names of classes of so many letters, are listed."""


def describe_data(data: Data) -> str:
    """Return sizes, features and targets, each target with its classes."""
    sizes = ", ".join(f"{size:,} {split}" for split, size in data.sizes.items())
    features = ", ".join(
        f"{n} {list(s.shape)} {s.dtype}" for n, s in list(data.features.items())[:_FEATURES]
    )
    more = len(data.features) - _FEATURES
    rest = f" and {more} more" if more > 0 else ""
    targets = ", ".join(f"{name}{_classes(data, name)}" for name in data.targets)
    return f"{sizes}; {features}{rest} -> {targets}"


def facts_of(data: Data) -> dict[str, Any]:
    """Return what a run's directory keeps of its data, so that no later step has to open it.

    `splits` counts samples; `features` are raw, as what is served takes them; `targets` are what
    was learnt, with the names of their `classes` where they have any.
    """
    targets = _specs(data.targets)
    for name, classes in data.class_names.items():
        targets[name]["classes"] = list(classes)
    return {
        "splits": data.sizes,
        "features": _specs(data.raw_features),
        "targets": targets,
        "fingerprint": data.fingerprint,
        "notes": list(data.notes),
    }


def _specs(specs: Mapping[str, TensorSpec]) -> dict[str, Any]:
    return {n: {"shape": list(spec.shape), "dtype": spec.dtype} for n, spec in specs.items()}


def _classes(data: Data, target: str) -> str:
    names = data.class_names.get(target)
    if names is None:
        return ""
    listed = ", ".join(names)
    return f" ({len(names)} classes{f': {listed}' if len(listed) <= _LETTERS else ''})"
