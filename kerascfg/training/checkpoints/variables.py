"""The values of variables, exactly: on every replica where these differ, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.training.batches import Batches


def read_variables(group: str, variables: Sequence[Any]) -> dict[str, np.ndarray]:
    """Return copies of variables by `GROUP/NUMBER`, and by `GROUP/NUMBER/REPLICA` where replicas
    hold other values than the first (metrics add up on each by themselves).

    Args:
        group: `model`, `optimizer` or `metrics`.
        variables: Keras's variables.
    """
    arrays = {}
    for number, variable in enumerate(variables):
        first, *others = (_copy(part) for part in _replicas(variable))
        arrays[f"{group}/{number}"] = first
        for replica, other in enumerate(others, 1):
            if first.tobytes() != other.tobytes():
                arrays[f"{group}/{number}/{replica}"] = other
    return arrays


def write_variables(group: str, variables: Sequence[Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Give variables the values that `read_variables` returned.

    Raises:
        RunError: they are not as many, or of other shapes or dtypes.
    """
    names = [name for name in arrays if name.startswith(f"{group}/")]
    stored = {name for name in names if name.count("/") == 1}
    if stored != {f"{group}/{number}" for number in range(len(variables))}:
        raise _other(group, f"{len(stored)} variables", str(len(variables)))
    for number, variable in enumerate(variables):
        first = arrays[f"{group}/{number}"]
        for replica, part in enumerate(_replicas(variable)):
            array = arrays.get(f"{group}/{number}/{replica}", first)
            kind = f"{array.dtype.name}{list(array.shape)}"
            wanted = f"{variable.dtype}{[int(size) for size in variable.shape]}"
            if kind != wanted:
                raise _other(group, f"{kind} for {variable.path}", wanted)
            part.assign(array)


def make_variables(
    model: Any, batches: Batches, epoch: int, scope: Callable[[], AbstractContextManager[Any]]
) -> None:
    """Give optimizer and metrics their variables, which they would get at the first step.

    Args:
        model: the compiled model.
        batches: what it learns from, of which only the shapes are looked at.
        epoch: number of the epoch that begins.
        scope: the context in which variables are made.
    """
    import keras

    if keras.backend.backend() == "tensorflow":  # with others `fit` does it itself
        with scope():
            model._symbolic_build(data_batch=batches.spec(epoch))


def non_finite(group: str, arrays: Mapping[str, np.ndarray]) -> frozenset[str]:
    """Return the names of a group's arrays that hold NaN or infinity."""
    import numpy as np

    return frozenset(
        name
        for name, array in arrays.items()
        if name.startswith(f"{group}/")
        and not np.issubdtype(array.dtype, np.integer)
        and not np.isfinite(array).all()
    )


def _replicas(variable: Any) -> Sequence[Any]:
    """Return what holds a variable's values: one for each replica of a strategy of TensorFlow."""
    parts = getattr(variable.value, "values", None)
    if isinstance(parts, tuple):
        return parts
    return (variable.value if hasattr(variable.value, "assign") else variable,)


def _copy(part: Any) -> np.ndarray:
    import numpy as np

    return np.asarray(part.numpy()) if hasattr(part, "numpy") else np.array(part.value)


def _other(group: str, stored: str, wanted: str) -> RunError:
    return RunError(
        f"the checkpoint is of another {group}: it holds {stored}, the config makes {wanted}. "
        "Was code or a package changed meanwhile?"
    )
