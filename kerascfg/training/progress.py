"""What a user sees while a model trains: one live line, or one line an epoch outside a terminal."""

from __future__ import annotations

import time
from typing import Any

import keras
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column

_INTERVAL = 0.25
"""Seconds between two drawings: a drawing costs a few milliseconds of the training's time."""


class TrainingProgress(keras.callbacks.Callback):
    """Show the epoch, loss, metrics, speed and time left.

    Args:
        console: where to draw.
        epochs: epochs of the whole run, over all stages.
        steps: steps of one epoch.
        batch_size: samples of one step.
        done: epochs of earlier stages.
    """

    def __init__(self, console: Console, epochs: int, steps: int, batch_size: int, done: int = 0):
        super().__init__()
        self.console, self.epochs, self.steps = console, epochs, steps
        self.batch_size, self.done = batch_size, done
        self._bar: Progress | None = None
        self._seconds: list[float] = []
        self._drawn = self._begun = 0.0
        self._validation: dict[str, Any] = {}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start the line."""
        if self.console.is_terminal:
            self._bar = Progress(
                TextColumn("[bold]epoch {task.fields[epoch]}", table_column=Column(min_width=11)),
                BarColumn(bar_width=20),
                TextColumn("{task.fields[values]}", table_column=Column(no_wrap=True)),
                TextColumn("[dim]{task.fields[speed]}", table_column=Column(min_width=27)),
                console=self.console,
                transient=True,
                auto_refresh=False,
            )
            self._task = self._bar.add_task(
                "", total=self.epochs * self.steps, completed=self.done * self.steps,
                epoch=f"{self.done + 1}/{self.epochs}", values="", speed="",
            )  # fmt: skip
            self._bar.start()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Remember when the epoch began."""
        self._epoch, self._begun = epoch, time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Move the line, at most four times a second."""
        now = time.monotonic()
        if self._bar is None or now - self._drawn < _INTERVAL:
            return
        self._drawn = now
        done = min(batch + 1, self.steps)  # the last execution of an epoch may be a shorter one
        rate = done / max(now - self._begun, 1e-6)
        left = (self.epochs * self.steps - self._epoch * self.steps - done) / rate
        self._bar.update(
            self._task,
            completed=self._epoch * self.steps + done,
            epoch=f"{self._epoch + 1}/{self.epochs}",
            values=_values({**(logs or {}), **self._validation}),
            speed=f"{rate * self.batch_size:,.0f} samples/s, {_duration(left)} left",
            refresh=True,
        )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Say the epoch's values."""
        logs = logs or {}
        self._validation = {k: v for k, v in logs.items() if k.startswith("val_")}
        self._seconds.append(time.monotonic() - self._begun)
        if self._bar is None:
            left = sum(self._seconds) / len(self._seconds) * (self.epochs - epoch - 1)
            self.console.print(
                f"epoch {epoch + 1}/{self.epochs}  {_values(logs)}  "
                f"{self._seconds[-1]:.2f}s, {_duration(left)} left",
                highlight=False, soft_wrap=True,
            )  # fmt: skip

    def close(self) -> None:
        """Take the live line away, also after an error."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """End the line."""
        self.close()


def _values(logs: dict[str, Any]) -> str:
    return " ".join(f"{name} {_spell(name, float(value))}" for name, value in logs.items())


def _spell(name: str, value: float) -> str:
    return f"{value:.2g}" if name == "learning_rate" else f"{value:.4f}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"
