"""Requests join in batches: one call of the model at a time, while the next batch gathers.

The queue is bounded. A request that finds no room in it is turned away at once, with the error of
TensorFlow Serving's batch scheduler: UNAVAILABLE, which its clients know as "try again later".
An empty queue takes any request, also one of more samples than else may wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kerascfg.serving.model_thread import ModelThread
from kerascfg.serving.statuses import StatusError

if TYPE_CHECKING:
    import numpy as np

Arrays = Mapping[str, "np.ndarray"]
Run = Callable[[str, Arrays], Arrays]
"""Calls the model: a signature's name and its inputs -> its outputs. Runs in a thread."""

Key = tuple[str, tuple[tuple[str, tuple[int, ...]], ...]]
"""Requests with one key can share a call: the signature, and each input's shape of one sample."""


@dataclass(frozen=True)
class Limits:
    """How much at once.

    Attributes:
        max_batch_size: the most samples in one call.
        batch_timeout: how long a batch that is not full waits for more, in seconds.
        max_queued: the most samples that wait; more only in one request that found none waiting.
    """

    max_batch_size: int
    batch_timeout: float
    max_queued: int


class StoppingError(StatusError):
    """The server ends before a request could be answered."""

    def __init__(self):
        """Tell the client to ask another server, or this one later."""
        super().__init__("UNAVAILABLE", "The server is stopping")


@dataclass(eq=False)
class _Task:
    """Samples that wait, or the whole of a request that cannot share a call."""

    key: Key
    feeds: Arrays
    rows: int
    shares: bool
    arrived: float
    answer: asyncio.Future[Arrays] = field(default_factory=asyncio.Future)


class Batcher:
    """The queue before a model, and the one thread that calls it."""

    def __init__(self, run: Run, limits: Limits, on_batch: Callable[[int], None]):
        """Wait for requests.

        Args:
            run: calls the model.
            limits: how much at once.
            on_batch: told the number of samples of each call.
        """
        self._run, self._limits, self._on_batch = run, limits, on_batch
        self._waiting: deque[_Task] = deque()
        self._called: Sequence[_Task] = ()
        self._given_up = False
        self._arrival = asyncio.Event()
        self._thread = ModelThread()

    @property
    def queued(self) -> int:
        """Return the number of samples that wait; a request without any counts as one."""
        return sum(max(task.rows, 1) for task in self._waiting if not task.answer.done())

    def expect_room(self, rows: int = 1) -> None:
        """Check that a request of so many samples may wait.

        Raises:
            StatusError: the queue is full.
        """
        queued = self.queued
        room = max(self._limits.max_queued - queued, 0)
        if queued and max(rows, 1) > room:
            raise StatusError(
                "UNAVAILABLE",
                "The batch scheduling queue to which this task was submitted is full; "
                f"task size is {rows} but scheduling capacity is only {room}",
            )

    async def answer(self, signature: str, feeds: Arrays, shares: bool) -> Arrays:
        """Answer one request.

        Args:
            signature: the name of the signature.
            feeds: its inputs.
            shares: whether the samples of different requests may stand in one call. More samples
                than fit into one then take several.

        Raises:
            StatusError: the queue is full, the model failed, inputs are of different lengths, or
                the server is stopping.
        """
        if self._given_up:
            raise StoppingError
        rows = _rows(feeds) if shares else 1
        self.expect_room(rows)
        key = (signature, tuple((name, array.shape[1:]) for name, array in sorted(feeds.items())))
        size = self._limits.max_batch_size if shares else rows
        now = asyncio.get_running_loop().time()
        tasks = []
        for start in range(0, max(rows, 1), size):
            part = feeds
            if rows > size:
                part = {name: array[start : start + size] for name, array in feeds.items()}
            tasks.append(_Task(key, part, min(size, rows - start), shares, now))
        self._waiting.extend(tasks)
        self._arrival.set()
        try:
            parts = await asyncio.gather(*(task.answer for task in tasks))
        except BaseException:
            for task in tasks:
                task.answer.cancel()
            raise
        return parts[0] if len(parts) == 1 else _joined(parts)

    def give_up(self) -> None:
        """Answer no more: requests under way and new ones get a `StoppingError`."""
        self._given_up = True
        for task in (*self._called, *self._waiting):
            if not task.answer.done():
                task.answer.set_exception(StoppingError())

    async def work(self) -> None:
        """Call the model for what waits, until cancelled."""
        try:
            while True:
                self._arrival.clear()
                self._waiting = deque(task for task in self._waiting if not task.answer.done())
                if not self._waiting:
                    await self._arrival.wait()
                    continue
                self._called = await self._gathered()
                await self._call(self._called)
        finally:
            self._thread.end()

    async def _gathered(self) -> list[_Task]:
        """Take the oldest task and those that can share its call, after waiting for more."""
        loop = asyncio.get_running_loop()
        first = self._waiting[0]
        until = first.arrived + self._limits.batch_timeout
        while first.shares and self._alike(first) < self._limits.max_batch_size:
            left = until - loop.time()
            if left <= 0:
                break
            self._arrival.clear()
            try:
                await asyncio.wait_for(self._arrival.wait(), left)
            except TimeoutError:
                break
        taken, kept, rows = [], deque(), 0
        for task in self._waiting:
            fits = task is first or (
                first.shares
                and task.shares
                and task.key == first.key
                and rows + task.rows <= self._limits.max_batch_size
            )
            if fits and not task.answer.done():
                taken.append(task)
                rows += task.rows
            elif not task.answer.done():
                kept.append(task)
        self._waiting = kept
        return taken

    def _alike(self, first: _Task) -> int:
        return sum(task.rows for task in self._waiting if task.shares and task.key == first.key)

    async def _call(self, tasks: Sequence[_Task]) -> None:
        """Call the model once, and answer each task with its part."""
        tasks = [task for task in tasks if not task.answer.done()]
        if not tasks:
            return
        try:
            self._on_batch(sum(task.rows for task in tasks))
            feeds = tasks[0].feeds if len(tasks) == 1 else _joined([task.feeds for task in tasks])
            outputs = await self._thread.call(self._run, tasks[0].key[0], feeds)
            parts = (
                _divided(outputs, [task.rows for task in tasks]) if tasks[0].shares else [outputs]
            )
        except Exception as error:
            if len(tasks) > 1:  # one request's samples must not be another's error
                for task in tasks:
                    await self._call([task])
            elif not tasks[0].answer.done():
                tasks[0].answer.set_exception(error)
            return
        for task, part in zip(tasks, parts, strict=True):
            if not task.answer.done():
                task.answer.set_result(part)


def _rows(feeds: Arrays) -> int:
    """Return the number of samples of a request.

    Raises:
        StatusError: its inputs do not agree on it.
    """
    if any(array.ndim == 0 for array in feeds.values()):
        message = "Batching Run() input tensors must have at least one dimension"
        raise StatusError("INVALID_ARGUMENT", message)
    counts = {len(array) for array in feeds.values()}
    if len(counts) != 1:
        message = "Batching Run() input tensors must have equal 0th-dimension size"
        raise StatusError("INVALID_ARGUMENT", message)
    return counts.pop()


def _joined(parts: Sequence[Arrays]) -> Arrays:
    import numpy as np

    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _divided(outputs: Arrays, rows: Sequence[int]) -> list[Arrays]:
    """Divide the answer of a call among its requests.

    Raises:
        StatusError: the model returned another number of rows.
    """
    total = sum(rows)
    if any(array.ndim == 0 or len(array) != total for array in outputs.values()):
        raise StatusError(
            "FAILED_PRECONDITION",
            "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension "
            "sizes of the input tensors",
        )
    parts, start = [], 0
    for count in rows:
        parts.append({name: array[start : start + count] for name, array in outputs.items()})
        start += count
    return parts
