"""The data sets that scikit-learn brings with it, for which nothing is downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kerascfg.data.peek import Peek
from kerascfg.data.table import Table, fingerprint_of, measured_specs


@dataclass(frozen=True)
class _Set:
    """The names of a data set's columns, and its number of classes if it has any."""

    feature: str
    target: str
    classes: int | None = None


_SETS: dict[str, _Set] = {
    "breast_cancer": _Set("features", "tumour", 2),
    "diabetes": _Set("features", "progression"),
    "digits": _Set("image", "digit", 10),
    "iris": _Set("features", "species", 3),
    "linnerud": _Set("exercises", "physiology"),
    "wine": _Set("features", "wine", 3),
}


def sklearn(
    name: Literal["breast_cancer", "diabetes", "digits", "iris", "linnerud", "wine"],
) -> Table:
    """Yield one feature and one target, in the units of the survey.

    Args:
        name: breast_cancer (569 tumours, 30 measurements of their cell nuclei), diabetes (442
            patients, 10 standardised measurements, and how the disease went on), digits (1,797
            images of 8x8 pixels, 0 to 1), iris (150 flowers, 4 lengths), linnerud (20 men, 3
            exercises and 3 measurements of the body) or wine (178 wines of three growers, 13
            measurements).
    """
    from sklearn import datasets

    kind = _SETS[name]
    bunch: Any = getattr(datasets, f"load_{name}")()
    values = bunch.images[..., None] / 16 if name == "digits" else bunch.data
    labels = bunch.target.astype("int64" if kind.classes else "float32")
    columns = {kind.feature: values.astype("float32"), kind.target: labels}
    names = tuple(str(each) for each in bunch.target_names) if kind.classes else None
    return Table(
        columns,
        measured_specs(columns),
        fingerprint_of(columns),
        target=kind.target,
        class_names={kind.target: names} if names else {},
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Tell the columns and the number of classes."""
    kind = _SETS[arguments["name"]]
    return Peek((kind.feature, kind.target), kind.target, kind.classes)
