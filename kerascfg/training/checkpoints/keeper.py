"""When the state of a training is saved, and what it goes on from."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kerascfg.errors import RunError, display
from kerascfg.runs import Run, Stop, StoppedError
from kerascfg.training.checkpoints.callback_states import begin_files
from kerascfg.training.checkpoints.settings import CheckpointSettings
from kerascfg.training.checkpoints.state import (
    Position,
    State,
    Training,
    before_fit,
    give_state,
    take_state,
)
from kerascfg.training.checkpoints.store import Store
from kerascfg.training.checkpoints.variables import non_finite, read_variables
from kerascfg.training.rates import scale_rate
from kerascfg.training.settings import Stage, TrainSettings, read_train

_SHARE = 0.02
"""The part of the time that checkpoints may take, where time says how often they come."""


class BlownUpError(Exception):
    """The loss is no finite number any more, and the training shall be taken back."""


@dataclass
class Keeper:
    """Saves a training's exact state, and gives it back.

    Attributes:
        store: where states are written.
        settings: how often.
        train: what to do about a loss that is no number.
        stop: whether a signal asked to stop.
        say: tells the user.
        training: what was trained so far.
        pending: the state that the next `fit` goes on from, or None.
    """

    store: Store
    settings: CheckpointSettings
    train: TrainSettings
    stop: Stop
    say: Callable[[str], None]
    training: Training
    pending: State | None = None
    _excused: frozenset[str] = frozenset()
    _told: set[str] = field(default_factory=set)
    _cost: float = 0.0
    _steps: int = 0
    _saved_at: float = field(default_factory=time.monotonic)
    _begun: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Return how long the training took, in this process and in those before."""
        return self.training.seconds + time.monotonic() - self._begun

    @property
    def needs_variables(self) -> bool:
        """Tell whether optimizer and metrics need their variables before the first step."""
        return self.pending is not None or self.train.on_nan == "rollback"

    def is_done(self, stages: Sequence[Stage]) -> bool:
        """Tell whether all stages were trained to their end before."""
        at = self.training.position
        last = at.stage == len(stages) - 1 and self.pending is not None
        return last and at.over and (at.stopped or at.epoch >= sum(s.epochs for s in stages))

    def run(self, stages: Sequence[Stage], fit_stage: Callable[[Position], None]) -> None:
        """Train stage by stage, from where the training stands, and back where it is taken back.

        Args:
            stages: the stages.
            fit_stage: trains one stage from a position to its end.

        Raises:
            RunError: the loss is no number, or a state could not be written.
            StoppedError: a signal asked to stop.
        """
        with self.stop.deferring():
            try:
                while (at := self.training.position).stage < len(stages):
                    try:
                        fit_stage(at)
                    except BlownUpError as error:
                        self.roll_back(error)
                    else:
                        epochs = sum(stage.epochs for stage in stages[: at.stage + 1])
                        following = Position(at.stage + 1, epochs)
                        self.training = replace(self.training, position=following)
            finally:
                self.store.wait()

    def begin(self, model: Any, callbacks: Mapping[str, Any]) -> None:
        """Look at a model before its first step: what is not finite yet is not to blame later."""
        if self.training.position == Position():
            self._excused = non_finite("model", read_variables("model", model.variables))
            if self.train.on_nan == "rollback":
                self.save(model, callbacks)

    def before_fit(self, callbacks: Mapping[str, Any]) -> None:
        """Prepare callbacks for going on, or for a stage's first epoch."""
        if self.pending is None:
            begin_files(callbacks)
        else:
            before_fit(callbacks, self.pending)

    def restore(self, model: Any, callbacks: Mapping[str, Any]) -> None:
        """Give model and callbacks what the pending state holds.

        Raises:
            RunError: the state is of another model.
        """
        state, self.pending = self.pending, None
        assert state is not None
        give_state(model, callbacks, state)
        scale_rate(model.optimizer, self.training.rate / state.training.rate)
        self._excused = non_finite("model", state.arrays)

    def after_step(
        self, model: Any, callbacks: Mapping[str, Any], position: Position, steps: int
    ) -> None:
        """Save where it is time to, and stop where a signal asked to.

        Args:
            model: the model.
            callbacks: name -> callback.
            position: where the training stands.
            steps: steps since this was last called.

        Raises:
            StoppedError: a signal asked to stop; the state is saved.
            RunError: a state could not be written.
        """
        self._steps += steps
        self.training = replace(self.training, position=position)
        if self.stop.asked is not None:
            self.save_and_stop(take_state(model, callbacks, self._now()))
        self.store.complain()
        if self._is_due():
            self.save(model, callbacks)

    def after_epoch(
        self,
        model: Any,
        callbacks: Mapping[str, Any],
        position: Position,
        logged: Mapping[str, float],
    ) -> None:
        """Remember what an epoch has logged; save as after a step, and where a stage ends."""
        history = {name: list(values) for name, values in self.training.history.items()}
        for name, value in logged.items():
            history.setdefault(name, []).append(value)
        self.training = replace(self.training, history=history)
        self.after_step(model, callbacks, position, 0)
        if position.over:
            self.save(model, callbacks)

    def save(self, model: Any, callbacks: Mapping[str, Any]) -> None:
        """Copy the state, and write it in the background.

        Raises:
            RunError: the state before could not be written.
        """
        begun = time.monotonic()
        state = take_state(model, callbacks, self._now())
        self._cost = time.monotonic() - begun
        self._say_lacking(state)
        self.store.write(state, self._is_good)
        self._steps, self._saved_at = 0, time.monotonic()

    def save_and_stop(self, state: State) -> None:
        """Write a state and end the training.

        Raises:
            StoppedError: always, unless the state could not be written.
            RunError: the state could not be written.
        """
        assert self.stop.asked is not None
        self.store.write(state, self._is_good)
        self.store.wait()
        raise StoppedError(self.stop.asked, str(state.training.position))

    def partial(self, model: Any, callbacks: Mapping[str, Any], position: Position) -> State | None:
        """Copy the state before a validation that a signal may stop."""
        self.training = replace(self.training, position=position)
        return take_state(model, callbacks, self._now(), variables=False)

    def check_loss(self, loss: float, where: str) -> None:
        """Hold the training to a loss that is a number.

        Raises:
            RunError: it is none, and the run shall stop or was taken back often enough.
            BlownUpError: it is none, and the training shall be taken back.
        """
        if math.isfinite(loss):
            return
        advice = "a smaller optimizer.learning_rate, optimizer.clipnorm=1, or data without NaN"
        if self.train.on_nan == "stop":
            raise RunError(f"the loss became {loss} in {where}: {advice} may help")
        if self.training.rollbacks >= self.train.rollbacks:
            often = f"after {self.training.rollbacks} rollbacks"
            raise RunError(f"the loss became {loss} in {where}, {often}: {advice} may help")
        raise BlownUpError(f"the loss became {loss} in {where}")

    def roll_back(self, error: BlownUpError) -> None:
        """Let the next `fit` go on from the newest good state, with a smaller rate."""
        self.store.wait()
        state = self.store.newest(self.say)
        if state is None:
            raise RunError(f"{error}, and there is no checkpoint to go back to") from error
        self.pending, now = state, self.training
        self.training = replace(
            state.training,
            seconds=now.seconds,
            rollbacks=now.rollbacks + 1,
            rate=now.rate * self.train.rollback_factor,
        )
        self.say(
            f"{error}: back to {state.training.position}, the learning rate times "
            f"{self.training.rate:g} (rollback {self.training.rollbacks} of {self.train.rollbacks})"
        )

    def _is_due(self) -> bool:
        if self.settings.steps is not None:
            return self._steps >= self.settings.steps
        if self.settings.seconds is None or self.store.is_busy:
            return False
        least = (self._cost + self.store.cost) / _SHARE
        return time.monotonic() - self._saved_at >= max(self.settings.seconds, least)

    def _now(self) -> Training:
        return replace(self.training, seconds=self.seconds)

    def _is_good(self, state: State) -> bool:
        """Tell whether a state's weights are numbers; no other is ever written."""
        return non_finite("model", state.arrays) <= self._excused

    def _say_lacking(self, state: State) -> None:
        for name in state.lacking:
            if name not in self._told:
                self._told.add(name)
                self.say(
                    f"{name} is not in the checkpoints: get_state and set_state would store it"
                )


def open_keeper(
    run: Run,
    settings: CheckpointSettings,
    train: TrainSettings,
    begin: Training,
    say: Callable[[str], None],
) -> Keeper:
    """Return the keeper of a run's states, with the newest one pending where the run goes on.

    Args:
        run: the run.
        settings: how often to save.
        train: the group `train`.
        begin: a training of this data by this config, before its first step.
        say: tells the user.

    Raises:
        RunError: the run goes on, and its newest state is of other data or another config.
    """
    store = Store(run.path("checkpoints"))
    if run.before is None:
        return Keeper(store, settings, train, run.stop, say, begin)
    store.clear()
    state = store.newest(say)
    place = state.training.position if state else "the beginning, since there is none"
    say(f"the run goes on from {place}")
    if state is None:
        return Keeper(store, settings, train, run.stop, say, begin)
    for what, stored, now in (
        ("data", state.training.data, begin.data),
        ("config", state.training.config, begin.config),
    ):
        if stored != now:
            raise RunError(
                f"expected the {what} that the checkpoints in {display(store.directory)} were made "
                f"with (digest {stored[:12]}). Received: another (digest {now[:12]})"
            )
    return Keeper(store, settings, train, run.stop, say, state.training, state)


class _Unsaved(Keeper):
    """Trains and writes nothing: variables of several processes cannot be read in one."""

    def begin(self, model: Any, callbacks: Mapping[str, Any]) -> None:
        """Look at nothing."""

    def save(self, model: Any, callbacks: Mapping[str, Any]) -> None:
        """Save nothing."""

    def partial(self, model: Any, callbacks: Mapping[str, Any], position: Position) -> None:
        """Copy nothing."""


def unsaved_keeper(directory: Path, config: Mapping[str, Any]) -> Keeper:
    """Return a keeper for a worker process: it holds the loss to numbers, and saves no state.

    Args:
        directory: where nothing is written to.
        config: the whole config, for `train`.
    """
    train = replace(read_train(config.get("train")), on_nan="stop")
    begin = Training(Position(), "", "", {})
    never = CheckpointSettings(None)
    return _Unsaved(Store(directory), never, train, Stop(), lambda _: None, begin)
