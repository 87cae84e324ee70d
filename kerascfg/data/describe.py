"""The line that a run says of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerascfg.data.dataset import Data

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


def _classes(data: Data, target: str) -> str:
    names = data.class_names.get(target)
    if names is None:
        return ""
    listed = ", ".join(names)
    return f" ({len(names)} classes{f': {listed}' if len(listed) <= _LETTERS else ''})"
