"""The exact state of a training: taken as copies, stored in one file, given back."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from kerascfg.errors import RunError
from kerascfg.training.checkpoints.callback_states import (
    file_sizes,
    is_known,
    read_state,
    shorten_files,
    write_state,
)
from kerascfg.training.checkpoints.plain import NotPlainError, from_plain, to_plain
from kerascfg.training.checkpoints.variables import read_variables, write_variables

if TYPE_CHECKING:
    import numpy as np

LANGUAGE = 1
"""Version of what a checkpoint's values are."""


@dataclass(frozen=True, order=True)
class Position:
    """Where a training stands.

    Attributes:
        stage: number of the stage, from 0.
        epoch: number of the epoch over all stages, from 0.
        step: steps of that epoch that are done; all of them while it is validated.
        over: whether the stage has ended, by its epochs or by a callback (`stopped`).
        stopped: whether a callback ended it.
    """

    stage: int = 0
    epoch: int = 0
    step: int = 0
    over: bool = False
    stopped: bool = False

    def __str__(self) -> str:
        if self.step:
            return f"epoch {self.epoch + 1}, step {self.step}"
        return f"the end of epoch {self.epoch}" if self.epoch else "the beginning"


@dataclass(frozen=True)
class Training:
    """What was trained so far, besides what variables and callbacks hold.

    Attributes:
        position: where the training stands.
        data: the fingerprint of the data.
        config: a digest over all of the config that the results depend on.
        history: logged name -> a value for each epoch.
        seconds: how long the training took.
        rollbacks: how often it was taken back after a loss that was no number.
        rate: what the learning rate was multiplied by therefore.
    """

    position: Position
    data: str
    config: str
    history: dict[str, list[float]]
    seconds: float = 0.0
    rollbacks: int = 0
    rate: float = 1.0


@dataclass(frozen=True)
class State:
    """A training's exact state, in arrays and plain values.

    Attributes:
        training: what was trained so far.
        arrays: name -> copy of the array.
        values: what else callbacks and random generators know, as JSON holds it.
        lacking: attributes of callbacks that could not be stored.
    """

    training: Training
    arrays: Mapping[str, np.ndarray]
    values: Mapping[str, Any]
    lacking: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return all but the arrays as JSON holds it."""
        position = asdict(self.training.position)
        training = {**vars(self.training), "position": position}
        return {"language": LANGUAGE, "training": to_plain(training, _refuse), **self.values}


def state_of(arrays: Mapping[str, np.ndarray], stored: Any) -> State:
    """Return the state of a file's arrays and values.

    Raises:
        ValueError, KeyError, TypeError: they are no state.
    """
    if stored["language"] != LANGUAGE:
        raise ValueError(f"expected language {LANGUAGE}. Received: {stored['language']}")
    given = from_plain(stored["training"], lambda _: _refuse(None))
    training = Training(**{**given, "position": Position(**given["position"])})
    values = {name: stored[name] for name in ("callbacks", "files", "random")}
    return State(training, arrays, values)


def take_state(
    model: Any,
    callbacks: Mapping[str, Any],
    training: Training,
    variables: bool = True,
) -> State:
    """Copy all that a training needs to go on as if nothing had happened.

    Args:
        model: the compiled model, whose optimizer has its variables.
        callbacks: name -> callback.
        training: what was trained so far.
        variables: whether to copy those of model and optimizer; else `with_variables` does.
    """
    import numpy as np

    if hasattr(model, "jax_state_sync"):
        model.jax_state_sync()
    arrays = read_variables("metrics", model.metrics_variables)
    kept = _Arrays(arrays)
    states, lacking = {}, []
    for name, callback in callbacks.items():
        # Keras's callbacks and our own replace the arrays they hold, and never change them.
        keep = kept.share if is_known(callback) else kept.copy
        try:
            states[name], missing = read_state(callback, keep)
        except NotPlainError as error:
            raise RunError(
                f"expected numbers, texts and arrays from get_state of {name}. Received: {error}"
            ) from error
        lacking += [] if is_known(callback) else [f"{name}.{each}" for each in missing]
    values = {
        "callbacks": states,
        "files": file_sizes(callbacks),
        "random": {
            "python": to_plain(random.getstate(), kept.copy),
            "numpy": to_plain(np.random.get_state(), kept.copy),
        },
    }
    state = State(training, arrays, values, tuple(lacking))
    return with_variables(state, model) if variables else state


def with_variables(state: State, model: Any) -> State:
    """Return the state with copies of what model and optimizer hold now."""
    arrays = {
        **read_variables("model", model.variables),
        **read_variables("optimizer", model.optimizer.variables),
        **state.arrays,
    }
    return replace(state, arrays=arrays)


def before_fit(callbacks: Mapping[str, Any], state: State) -> None:
    """Prepare callbacks that open files as soon as `fit` begins."""
    shorten_files(callbacks, state.values["files"])


def give_state(model: Any, callbacks: Mapping[str, Any], state: State) -> None:
    """Give a model, its optimizer, its metrics and the callbacks the state that was taken.

    A callback that the config did not have then keeps the state that it has.

    Raises:
        RunError: the state is of another model.
    """
    import numpy as np

    if hasattr(model, "jax_state_sync"):
        model.jax_state_sync()
    write_variables("model", model.variables, state.arrays)
    write_variables("optimizer", model.optimizer.variables, state.arrays)
    if state.training.position.step:
        write_variables("metrics", model.metrics_variables, state.arrays)
    for name, callback in callbacks.items():
        if name in state.values["callbacks"]:
            write_state(callback, state.values["callbacks"][name], state.arrays.__getitem__)
    generators = state.values["random"]
    random.setstate(from_plain(generators["python"], state.arrays.__getitem__))
    np.random.set_state(from_plain(generators["numpy"], state.arrays.__getitem__))


class _Arrays:
    """Arrays that belong to values, each stored once."""

    def __init__(self, arrays: dict[str, np.ndarray]):
        self._arrays = arrays
        self._names: dict[int, str] = {}
        self._held: list[np.ndarray] = []  # so that no other array gets the same identity

    def share(self, array: np.ndarray) -> str:
        """Take an array that nobody changes; return its name."""
        return self._name(array, array)

    def copy(self, array: np.ndarray) -> str:
        """Take a copy of an array; return its name."""
        return self._name(array, None)

    def _name(self, array: np.ndarray, stored: np.ndarray | None) -> str:
        if id(array) not in self._names:
            name = self._names[id(array)] = f"values/{len(self._held)}"
            self._held.append(array)
            self._arrays[name] = array.copy() if stored is None else stored
        return self._names[id(array)]


def _refuse(array: Any) -> Any:
    raise ValueError("expected no array among the plain values")
