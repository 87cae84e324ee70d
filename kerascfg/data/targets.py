"""From a column to a target that losses and metrics take.

Classes become indices in the sorted order of their names; quantities become float32 of shape
(1,), as a `Dense(1)` head returns them. Without a task the column stays as it is, except that
texts become indices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerascfg.data.missing import gaps_of
from kerascfg.data.table import Place, TensorSpec, dtype_name, is_text, name_sample
from kerascfg.errors import ConfigError, Problem
from kerascfg.texts import as_texts, spelled

if TYPE_CHECKING:
    import numpy as np

WITH_CLASSES = ("classification", "binary")


@dataclass(frozen=True, eq=False)
class Target:
    """An encoded target: its values `(rows, ...)`, their spec, and its classes' names if any."""

    values: np.ndarray
    spec: TensorSpec
    class_names: tuple[str, ...] | None = None

    @property
    def has_one_class(self) -> bool:
        """Tell whether each row has one class, rather than a quantity or several labels."""
        return self.class_names is not None and self.values.size == len(self.values)


def encode_target(
    name: str,
    values: np.ndarray,
    task: str | None,
    *,
    known: Sequence[str] | None = None,
    stated: int | None = None,
    separator: str | None = None,
    path: str = "data",
    place: Place = name_sample,
    in_graph: bool = False,
) -> Target:
    """Encode one target column for a task.

    Args:
        name: the column's name.
        values: the column as the source yields it.
        task: `classification`, `binary`, `regression`, `multilabel`, or None.
        known: names of the classes 0, 1, ..., where the source knows them.
        stated: `data.classes`, to which the column is held.
        separator: `data.label_separator`: what stands between the labels of a multilabel text.
        path: where the group `data` stands in the config.
        place: names a row, for messages.
        in_graph: a graph makes the target of it, which may fill gaps of numbers.

    Raises:
        ConfigError: the column does not fit the task, has missing values, or is constant.
    """
    at = f"{path}.target"
    values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if task == "multilabel" and separator and is_text(values) and values.ndim == 1:
        known, values = _parted(values, separator)
    if is_text(values) or task is not None or not in_graph:
        _refuse_missing(name, values, at, place)
    if task == "regression" and stated is not None:
        raise _problem(
            f"{path}.classes",
            f"expected none, since task=regression has no classes. Received: {stated}",
            fix=f"{path}.classes=null",
        )
    if task == "multilabel":
        return _encode_labels(name, values, known, stated, path)
    if task in WITH_CLASSES or is_text(values) or _has_classes(values, task, known, stated):
        return _encode_classes(name, values, task, known, stated, path)
    if task == "regression":
        _refuse_constant(name, values, at)
        return _target(values.astype("float32").reshape(len(values), -1))
    if values.dtype.kind == "f":
        return _target(values.astype("float32"))
    return _target(values.astype("int32"))


def raw_target(values: np.ndarray) -> np.ndarray:
    """Return a column as a graph of targets takes it: texts as they are, numbers of 32 bits."""
    return values.astype(object) if is_text(values) else values.astype(dtype_name(values))


def _has_classes(
    values: np.ndarray, task: str | None, known: Sequence[str] | None, stated: int | None
) -> bool:
    """Tell whether a column without a task has classes: its source or the config says so."""
    return task is None and (stated is not None or (known is not None and _fits(values, known)))


def _parted(values: np.ndarray, separator: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the labels that texts name, sorted, and which of them each row has, as 0 and 1.

    An empty text has none.
    """
    import numpy as np

    rows = [{each.strip() for each in spelled(text).split(separator)} - {""} for text in values]
    labels = sorted(set().union(*rows))
    return tuple(labels), np.array([[label in row for label in labels] for row in rows], np.int32)


def _encode_labels(
    name: str,
    values: np.ndarray,
    known: Sequence[str] | None,
    stated: int | None,
    path: str,
) -> Target:
    """Encode rows of 0 and 1, one column a label; the labels count as the classes."""
    import numpy as np

    if values.ndim != 2 or is_text(values) or not np.isin(values, (0, 1)).all():
        shape = (len(values), *values.shape[1:])
        raise _problem(
            f"{path}.target",
            "expected a row of 0 and 1 for each sample, one for each label, for task=multilabel. "
            f"Received: `{name}` of shape {shape}",
            hint="one class for each sample is task=classification; labels in a text are parted "
            "by data.label_separator",
            fix="task=classification" if values.ndim == 1 else None,
        )
    labels = known if known and len(known) == values.shape[1] else range(values.shape[1])
    names = tuple(str(each) for each in labels)
    _check_count(name, names, "multilabel", stated, path)
    return _target(values.astype("float32"), names)


def _encode_classes(
    name: str,
    values: np.ndarray,
    task: str | None,
    known: Sequence[str] | None,
    stated: int | None,
    path: str,
) -> Target:
    import numpy as np

    at = f"{path}.target"
    if task == "regression":
        raise _problem(
            at,
            f"expected a column of numbers for task=regression. Received: `{name}`, texts such as "
            f"{spelled(values[0])!r}",
            fix="task=classification",
        )
    if values.ndim > 1:
        raise _problem(
            at,
            f"expected one class for each row. Received: `{name}` of shape {values.shape[1:]}",
            hint="several classes at once are task=multilabel",
        )
    if is_text(values):
        names, indices = np.unique(as_texts(values), return_inverse=True)
    else:
        names, indices = _number_classes(name, values, known, stated, at)
    class_names = tuple(str(each) for each in names)
    _check_count(name, class_names, task, stated, path)
    shape = (len(values), 1) if task == "binary" else (len(values),)
    return _target(indices.astype("int32").reshape(shape), class_names)


def _number_classes(
    name: str,
    values: np.ndarray,
    known: Sequence[str] | None,
    stated: int | None,
    at: str,
) -> tuple[Sequence[str], np.ndarray]:
    import numpy as np

    if values.dtype.kind == "b":
        known = known or ("false", "true")
    if values.dtype.kind == "f" and not np.all(values == np.floor(values)):
        raise _problem(
            at,
            f"expected classes (texts or whole numbers). Received: `{name}`, numbers such as "
            f"{values[values != np.floor(values)][0]:g}",
            hint="if it is a quantity, it is a task=regression",
            fix="task=regression",
        )
    values = values.astype("int64")
    if known is not None and _fits(values, known):
        return known, values
    found, indices = np.unique(values, return_inverse=True)
    if stated is not None and len(found) < stated and found[0] >= 0 and found[-1] < stated:
        return [str(each) for each in range(stated)], values
    return [str(each) for each in found], indices


def _fits(values: np.ndarray, known: Sequence[str]) -> bool:
    return values.dtype.kind in "iub" and values.min() >= 0 and values.max() < len(known)


def _check_count(
    name: str, names: tuple[str, ...], task: str | None, stated: int | None, path: str
) -> None:
    listed = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    if stated is not None and stated != len(names):
        raise _problem(
            f"{path}.classes",
            f"expected the number of classes that `{name}` has: {len(names)} ({listed}). "
            f"Received: {stated}",
            fix=f"{path}.classes={len(names)}",
        )
    if len(names) < 2:
        raise _problem(
            f"{path}.target",
            f"expected two or more classes. Received: `{name}`, which is {listed} in every row",
        )
    if task == "binary" and len(names) != 2:
        raise _problem(
            f"{path}.target",
            f"expected two classes for task=binary. Received: `{name}` with {len(names)} "
            f"({listed})",
            fix="task=classification",
        )


def _refuse_missing(name: str, values: np.ndarray, at: str, place: Place) -> None:
    import numpy as np

    if is_text(values):
        missing = gaps_of(values)
    elif values.dtype.kind == "f":
        missing = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
    else:
        return
    count = int(missing.sum())
    if count:
        raise _problem(
            at,
            f"expected a value in every row. Received: `{name}` without one in {count} of "
            f"{len(values)} rows (the first is {place(int(np.argmax(missing)))})",
            hint="remove those rows from the data",
        )


def _refuse_constant(name: str, values: np.ndarray, at: str) -> None:
    if len(values) > 1 and (values == values[0]).all():
        raise _problem(
            at,
            f"expected a quantity that varies. Received: `{name}`, which is the same in every row",
        )


def _target(values: np.ndarray, class_names: tuple[str, ...] | None = None) -> Target:
    return Target(values, TensorSpec(tuple(values.shape[1:]), values.dtype.name), class_names)


def _problem(path: str, message: str, hint: str | None = None, fix: str | None = None):
    return ConfigError(Problem(path, message, hint=hint, fix=fix))
