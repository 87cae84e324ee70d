"""Keep the best weights of a run, in memory and, safely written, on disk."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any, Literal

import keras

from kerascfg.runs import expect_space, lower_is_better, replacing

_BETWEEN = 5.0
"""Seconds between two writes: a file that is on the disk for sure takes tens of milliseconds."""


class BestCheckpoint(keras.callbacks.Callback):
    """Remember the weights of the best epoch and give them back when training ends.

    Unlike `keras.callbacks.ModelCheckpoint` it never leaves a torn file: a new state is written
    beside the old one and renamed. One instance serves all stages of a run. Where epochs are short
    the file is written every few seconds, and at the end; in memory the weights are the best ones.

    Args:
        monitor: the logged value that tells good from bad; without a validation split, a `val_`
            name falls to its training counterpart.
        mode: whether `min` or `max` is better; `auto` takes `min` for losses and errors.
        directory: where `best.weights.h5` is written; set by the run.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: Literal["auto", "min", "max"] = "auto",
        directory: str | None = None,
    ):
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"expected mode auto, min or max. Received: mode={mode!r}")
        self.monitor = monitor
        self.lower_is_better = mode == "min" or (mode == "auto" and lower_is_better(monitor))
        self.directory = Path(directory) if directory else None
        self.best: float | None = None
        self.best_epoch: int | None = None
        self._weights: list[Any] | None = None
        self._is_written, self._written_at = True, -math.inf

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the weights if they are the best so far."""
        logs = logs or {}
        name = self.monitor
        if name not in logs and not any(key.startswith("val_") for key in logs):
            name = name.removeprefix("val_")
        if name not in logs:
            raise ValueError(f"expected monitor one of {', '.join(logs)}. Received: {self.monitor}")
        value = float(logs[name])
        loss = float(logs.get("loss", 0.0))
        is_number = math.isfinite(loss) and not math.isnan(value)  # a metric may hide a loss of NaN
        if not is_number or (self.best is not None and not self._improves(value)):
            return
        self.best, self.best_epoch = value, epoch
        self._weights = self._model_now().get_weights()
        self._is_written = False
        if time.monotonic() - self._written_at >= _BETWEEN:
            self._write()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Write what is not written yet."""
        if not self._is_written:
            self._write()

    def get_state(self) -> dict[str, Any]:
        """Return what a checkpoint of the training keeps."""
        return {"best": self.best, "best_epoch": self.best_epoch, "weights": self._weights}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `get_state` returned; the file may be of an epoch before or behind."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]
        self._weights = state["weights"]
        self._is_written = self._weights is None

    def restore(self, model: keras.Model) -> None:
        """Give the best weights back to the model."""
        if self._weights is not None:
            model.set_weights(self._weights)

    def _model_now(self) -> keras.Model:
        assert self.model is not None, "Keras sets the model before the first epoch"
        return self.model

    def _improves(self, value: float) -> bool:
        assert self.best is not None
        return value < self.best if self.lower_is_better else value > self.best

    def _write(self) -> None:
        self._is_written, self._written_at = True, time.monotonic()
        if self.directory is None or self._weights is None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        expect_space(self.directory, sum(weight.nbytes for weight in self._weights))
        model = self._model_now()
        now = model.get_weights()
        with replacing(self.directory / "best.weights.h5") as file:
            model.set_weights(self._weights)
            try:
                model.save_weights(file)
            finally:
                model.set_weights(now)
