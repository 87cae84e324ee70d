"""The thread that calls the model.

It is a daemon, so that a call that does not return cannot keep the process from ending: Python
joins the threads of a `ThreadPoolExecutor` at its exit.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any


class ModelThread:
    """One thread, which does one thing after the other."""

    def __init__(self):
        """Start it."""
        self._asked: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        Thread(target=self._work, name="model", daemon=True).start()

    async def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function in the thread, and return or raise what it does."""
        loop = asyncio.get_running_loop()
        answer = loop.create_future()

        def work() -> None:
            try:
                tell = partial(_tell, answer, function(*arguments), None)
            except Exception as error:
                tell = partial(_tell, answer, None, error)
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(tell)

        self._asked.put(work)
        return await answer

    def end(self) -> None:
        """Let the thread end after what it does now."""
        self._asked.put(None)

    def _work(self) -> None:
        while work := self._asked.get():
            work()


def _tell(answer: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if answer.done():  # cancelled
        return
    if error is None:
        answer.set_result(result)
    else:
        answer.set_exception(error)
