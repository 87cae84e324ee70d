"""The workers of one training: started, fed, listened to.

Whatever ends it, no worker is left behind; and where a worker ends too early, so do the others.
"""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, RunError
from kerascfg.exporting.processes import end_group, how_it_ended, importable
from kerascfg.training.batches import Batches
from kerascfg.workers.channel import Done, Failed, Hello, Job, Text, send_batch
from kerascfg.workers.distribution import environment_of

if TYPE_CHECKING:
    from rich.console import Console

_LOOK_SECONDS = 0.2
_LEAVE_SECONDS = 10
_BACKLOG = 64
_TAIL_LINES = 15


class WorkerError(Exception):
    """Something unforeseen went wrong in a worker; a note holds its trace."""


@dataclass
class Hall:
    """The workers of one training, and the connections to them.

    Attributes:
        job: what they are told.
        batches: what they learn from.
        folder: for their logs.
        console: where to show what the first one prints.
        inbox: what they say, with who says it.
    """

    job: Job
    batches: Batches
    folder: Path
    console: Console
    inbox: queue.Queue[tuple[int, Any]] = field(default_factory=queue.Queue)

    def train(self) -> Done:
        """Train; return what the first worker of this machine says in the end."""
        key = secrets.token_bytes(32)
        processes: dict[int, subprocess.Popen[bytes]] = {}
        with Listener(backlog=_BACKLOG, authkey=key) as listener:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            try:
                for rank in self._ranks:
                    processes[rank] = self._start(rank, str(listener.address), key)
                done = self._attend(processes)
                for process in processes.values():  # one that lingers is ended below
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(_LEAVE_SECONDS)
                return done
            finally:
                for process in processes.values():
                    end_group(process.pid)
                    process.kill()
                    process.wait()

    @property
    def _ranks(self) -> tuple[int, ...]:
        workers = self.job.strategy.workers
        return workers.here if workers else ()

    def _start(self, rank: int, address: str, key: bytes) -> subprocess.Popen[bytes]:
        workers = self.job.strategy.workers
        assert workers is not None, "the strategy says who trains"
        exact = bool(self.job.config.get("deterministic"))
        with self._log(rank).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "kerascfg.workers.worker", address, str(rank)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=importable({**os.environ, **environment_of(workers, rank, exact)}),
                start_new_session=True,
            )
        assert process.stdin is not None, "it was asked for"
        process.stdin.write(key.hex().encode() + b"\n")
        process.stdin.close()
        return process

    def _log(self, rank: int) -> Path:
        return self.folder / f"worker{rank}.log"

    def _attend(self, processes: Mapping[int, subprocess.Popen[bytes]]) -> Done:
        """Show what the workers say until all are done."""
        done: dict[int, Done] = {}
        while len(done) < len(processes):
            try:
                rank, said = self.inbox.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                self._look_after(processes, done)
                continue
            match said:
                case Text():
                    self._show(said.text)
                case Done():
                    done[rank] = said
                case Failed():
                    self._raise(said, rank, processes)
                case Exception():
                    raise said
        return done[min(done)]

    def _look_after(
        self, processes: Mapping[int, subprocess.Popen[bytes]], done: Mapping[int, Done]
    ) -> None:
        """Raise an error where a worker has ended and did not say why.

        All that have ended are named: where one is killed, JAX soon ends the others.
        """
        left = {rank: process for rank, process in processes.items() if rank not in done}
        if all(process.poll() is None for process in left.values()) or not self.inbox.empty():
            return
        told, tails = [], []
        for rank, process in left.items():
            if (status := process.poll()) is not None:
                told.append(f"{self._name(rank)} has ended: {how_it_ended(status) or 'too early'}")
                lines = self._log(rank).read_text(encoding="utf-8", errors="replace").splitlines()
                tails += lines[-_TAIL_LINES:]
        raise RunError("\n".join(["; ".join(told), *tails]))

    def _name(self, rank: int) -> str:
        count = self.job.strategy.workers.count if self.job.strategy.workers else 1
        return f"worker {rank} of {count}" if count > 1 else "the worker"

    def _raise(
        self, failed: Failed, rank: int, processes: Mapping[int, subprocess.Popen[bytes]]
    ) -> None:
        """Raise what a worker raised, unless it only lost another one."""
        if isinstance(failed.error, ConfigError | RunError):
            raise failed.error
        time.sleep(_LOOK_SECONDS if len(processes) > 1 else 0)
        self._look_after({r: p for r, p in processes.items() if r != rank}, {})
        error = WorkerError(f"{self._name(rank)}: {failed.error}")
        error.add_note(failed.trace)
        raise error

    def _show(self, text: str) -> None:
        if not self.console.quiet:
            self.console.file.write(text)
            self.console.file.flush()

    def _accept(self, listener: Listener) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                connection = listener.accept()
            except (EOFError, AuthenticationError):  # not one of ours, or gone already
                continue
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        """Serve one connection until its other end is closed."""
        try:
            hello: Hello = connection.recv()
            if hello.purpose == "control":
                connection.send(self.job)
                while True:
                    self.inbox.put((hello.rank, connection.recv()))
        except (EOFError, OSError):
            return
        try:
            self._feed(connection, hello)
        except Exception as error:  # of the pipeline: raised where the run can be ended
            self.inbox.put((hello.rank, error))

    def _feed(self, connection: Connection, hello: Hello) -> None:
        """Send a worker its share of each batch, as fast as it takes them."""
        if hello.purpose == "training":
            batches = self.batches.training(hello.first_epoch, 0)
        else:
            assert self.batches.validation is not None, "it asks where there is a split"
            batches, _ = self.batches.validation
        workers = self.job.strategy.workers
        count = workers.count if workers else 1
        for batch in batches.as_numpy_iterator():
            weights = next(iter(batch[2].values())) if isinstance(batch[2], dict) else batch[2]
            share = len(weights) // count
            try:
                send_batch(connection, batch, slice(hello.rank * share, (hello.rank + 1) * share))
            except OSError:  # it has had enough
                return
