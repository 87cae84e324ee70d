"""Where the time of a training goes: a trace for experts, and a few words for everybody."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras

from kerascfg.runs import write_text

TRACE = "trace"
_HOOKS = (
    *("on_train_batch_begin", "on_train_batch_end", "on_epoch_begin", "on_epoch_end"),
    *("on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end"),
)
_WAITING = "IteratorGetNext"
"""TensorFlow's name for the operation that waits for the next batch."""


class Profile(keras.callbacks.Callback):
    """Trace a training, from its second execution on, and say where the time went.

    The trace lies in `profile/trace` of the run's directory, for TensorBoard's profile plugin or
    Perfetto; what is said is `profile/summary.txt` too.

    Args:
        seconds: how long to trace; a trace grows by about a megabyte a second.
        directory: where to write; set by the run.
    """

    def __init__(self, seconds: float = 10.0, directory: str = "profile"):
        super().__init__()
        self.seconds, self.directory = seconds, Path(directory)
        self.summary = ""
        self._began: float | None = None
        self._spent = {"executing": 0.0, "callbacks": 0.0, "validation": 0.0}
        self._executions, self._validating = 0, 0.0

    def watch(self, others: Sequence[keras.callbacks.Callback]) -> None:
        """Time what other callbacks do."""
        for callback in others:
            if callback is self:
                continue
            for hook in _HOOKS:
                setattr(callback, hook, self._timed("callbacks", getattr(callback, hook)))

    def get_state(self) -> dict[str, Any]:
        """Return nothing: what was timed is of one process."""
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Begin anew."""

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Time the executions of the model's training steps."""
        model: Any = self.model
        run = model.train_function

        def waited_for(iterator: Any) -> Any:
            logs = run(iterator)
            return {name: keras.ops.convert_to_numpy(value) for name, value in logs.items()}

        model.train_function = self._timed("executing", waited_for)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Begin after the first execution, which compiles, and end when it is time."""
        if self._began is None:
            self._start()
        elif self._is_tracing:
            self._executions += 1
            if time.perf_counter() - self._began > self.seconds:
                self._stop()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start the clock of a validation."""
        self._validating = time.perf_counter()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Stop the clock of a validation."""
        if self._is_tracing:
            self._spent["validation"] += time.perf_counter() - self._validating

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Say where the time went."""
        if self._is_tracing:
            self._stop()

    @property
    def _is_tracing(self) -> bool:
        return self._began is not None and not self.summary

    def _start(self) -> None:
        import tensorflow as tf

        tf.profiler.experimental.start(str(self.directory / TRACE))
        self._spent = dict.fromkeys(self._spent, 0.0)
        self._began = time.perf_counter()

    def _stop(self) -> None:
        import tensorflow as tf

        assert self._began is not None
        total = time.perf_counter() - self._began
        tf.profiler.experimental.stop()
        waiting = waiting_in(self.directory / TRACE)
        self.summary = summary(total, self._spent, waiting, self._executions)
        write_text(self.directory / "summary.txt", self.summary + "\n")

    def _timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                if self._is_tracing:
                    self._spent[name] += time.perf_counter() - begun

        return timed


def waiting_in(trace: Path) -> float:
    """Return the seconds for which a traced training waited for its batches."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2  # type: ignore[import]

    picoseconds = 0
    for file in trace.rglob("*.xplane.pb"):
        space = xplane_pb2.XSpace.FromString(file.read_bytes())  # type: ignore[attr-defined]
        for plane in space.planes:
            waits = {k for k, v in plane.event_metadata.items() if v.name.startswith(_WAITING)}
            events = (event for line in plane.lines for event in line.events)
            picoseconds += sum(e.duration_ps for e in events if e.metadata_id in waits)
    return picoseconds / 1e12


def summary(total: float, spent: dict[str, float], waiting: float, executions: int) -> str:
    """Say in words where the time of a training went.

    Args:
        total: seconds that were traced.
        spent: seconds in executions (with waiting), callbacks, and validation.
        waiting: seconds that executions waited for batches.
        executions: how many there were.
    """
    waiting = min(waiting, spent["executing"])
    validation = max(spent["validation"], 0.0)
    shares = {
        "step: computing": spent["executing"] - waiting,
        "input: waiting for batches": waiting,
        "validation": validation,
        "callbacks, progress and history": spent["callbacks"],
    }
    shares["Python: Keras between two executions"] = max(total - sum(shares.values()), 0.0)
    lines = [f"{total:.1f} s traced, {executions} executions"]
    lines += [
        f"{seconds / total:6.1%}  {name}"
        for name, seconds in sorted(shares.items(), key=lambda item: -item[1])
    ]
    return "\n".join([*lines, _advice(max(shares, key=lambda name: shares[name]))])


def _advice(largest: str) -> str:
    return {
        "step": "the model itself takes the time: a faster device, strategy.jit=true, "
        "strategy.precision=bfloat16 or a larger data.batch_size may help",
        "input": "the steps wait for data: data.cache=memory or disk, smaller files, or less in "
        "data.augment may help",
        "validation": "validation takes the time: a smaller data.split.validation may help",
        "callbacks": "callbacks take the time: fewer of them may help, or more steps between them "
        "(train.steps_per_execution)",
        "Python": "the steps are short: a larger train.steps_per_execution or data.batch_size "
        "may help",
    }[largest.partition(":")[0].partition(",")[0]]
