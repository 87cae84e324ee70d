"""The callbacks of one `fit`, and around them what makes it exact.

Keras begins an epoch at its first step. To go on within one, `fit` is let run through the steps
that are done without doing them: the train function hands on nothing, no callback is told. Then the
state is given back, after Keras has reset the metrics and callbacks have begun the epoch, which
would otherwise change what they were. So every number that a callback is given is what it would
have been, and executions of several steps are cut at the same places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

import keras

from kerascfg.training.checkpoints.keeper import Keeper
from kerascfg.training.checkpoints.state import Position, State, with_variables


class ExactCallbacks(keras.callbacks.CallbackList):
    """What `fit` takes as `callbacks`.

    Args:
        model: the compiled model.
        callbacks: name -> callback whose state is part of a checkpoint.
        others: callbacks without a state, told after those.
        keeper: saves and restores.
        begin: where the fit begins.
        epochs: number of the epoch behind the stage's last one.
        steps: steps of an epoch.
    """

    def __init__(
        self,
        model: keras.Model,
        callbacks: Mapping[str, keras.callbacks.Callback],
        others: Sequence[keras.callbacks.Callback],
        keeper: Keeper,
        begin: Position,
        epochs: int,
        steps: int,
    ):
        super().__init__(
            [*callbacks.values(), *others],
            add_history=True,
            model=model,
            verbose=0,
            epochs=epochs,
            steps=steps,
        )
        self._model_now, self._named, self._keeper = model, callbacks, keeper
        self._begin, self._epochs, self._steps = begin, epochs, steps
        self._epoch, self._done = begin.epoch, begin.step
        self._before_validation: State | None = None
        self._history_now: dict[str, list[float]] = next(
            c for c in self.callbacks if isinstance(c, keras.callbacks.History)
        ).history
        plain = keras.callbacks.Callback.on_test_begin
        self._may_stop_validation = all(type(c).on_test_begin is plain for c in callbacks.values())

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin, and give back what the fit goes on from."""
        super().on_train_begin(logs)
        if self._keeper.pending is None:
            self._keeper.begin(self._model_now, self._named)
        elif self._begin.step and self._begin.epoch < self._epochs:
            self._skip_done()
        else:
            self._keeper.restore(self._model_now, self._named)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Begin an epoch."""
        self._epoch = epoch
        super().on_epoch_begin(epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Begin a step, unless it is done."""
        if not self._is_done(batch):
            super().on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """End a step or several, and save where it is time to."""
        if self._is_done(batch):
            if batch + 1 >= self._begin.step:
                self._keeper.restore(self._model_now, self._named)
            return
        assert self._keeper.pending is None, "a state is given back before the first new step"
        super().on_train_batch_end(batch, logs)
        loss = float((logs or {}).get("loss", 0.0))
        self._keeper.check_loss(loss, f"epoch {self._epoch + 1}, step {batch + 1}")
        before, self._done = self._done, batch + 1
        if self._done < self._steps and not self._model_now.stop_training:  # else the epoch ends
            self._keeper.after_step(
                self._model_now, self._named, self._position(self._done), self._done - before
            )

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin the validation, whose end a signal does not wait for."""
        self._before_validation = self._keeper.partial(
            self._model_now, self._named, self._position(self._steps)
        )
        self._stop_validation()
        super().on_test_begin(logs)

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """End a step of the validation."""
        super().on_test_batch_end(batch, logs)
        if self._may_stop_validation:
            self._stop_validation()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """End an epoch, and save where it is time to."""
        counts = {name: len(values) for name, values in self._history_now.items()}
        super().on_epoch_end(epoch, logs)
        logged = {
            name: float(values[-1])
            for name, values in self._history_now.items()
            if len(values) > counts.get(name, 0)
        }
        stopped = bool(self._model_now.stop_training)
        position = replace(
            self._position(0),
            epoch=epoch + 1,
            over=stopped or epoch + 1 >= self._epochs,
            stopped=stopped,
        )
        self._keeper.after_epoch(self._model_now, self._named, position, logged)
        self._done = 0

    def _position(self, step: int) -> Position:
        return Position(self._begin.stage, self._epoch, step)

    def _is_done(self, batch: int) -> bool:
        # Keras counts an epoch's last execution to its end, were it of full length.
        step = min(batch, self._steps - 1)
        return self._epoch == self._begin.epoch and step < self._begin.step

    def _stop_validation(self) -> None:
        asked, before = self._keeper.stop.asked, self._before_validation
        if asked is not None and before is not None and not self._model_now.stop_training:
            self._keeper.save_and_stop(with_variables(before, self._model_now))

    def _skip_done(self) -> None:
        """Let the train function do nothing for the steps that are done."""
        model = self._model_now
        train, logs = model.train_function, model.get_metrics_result()
        executions = ceil(self._begin.step / model.steps_per_execution)

        def skip(*given: Any) -> Any:
            nonlocal executions
            executions -= 1
            if executions == 0:
                model.train_function = train
            # Of these logs Keras takes the names only. On JAX the state goes in and out.
            return logs if len(given) == 1 else (logs, given[0])

        model.train_function = skip
