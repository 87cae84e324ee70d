"""The worker: `python -m kerascfg.workers.worker ADDRESS RANK`, the run's key on standard input.

It runs with Keras's JAX backend, knows nothing of data and exports, and ends when the connection
to the front hall does.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

from kerascfg.errors import ConfigError, RunError
from kerascfg.training.batches import Batches
from kerascfg.training.checkpoints import unsaved_keeper
from kerascfg.training.fit import fit_stages
from kerascfg.workers.channel import Done, Failed, Hello, Job, Text, receive_batch

_LOST = 75
"""The exit status of a worker whose front hall is gone (EX_TEMPFAIL of sysexits.h)."""


def main(address: str, rank: int, key: bytes) -> None:
    """Fetch a job, train, and say how it ended."""

    def connect(purpose: str, first_epoch: int = 0) -> Connection:
        connection = Client(address, authkey=key)
        connection.send(Hello(rank, purpose, first_epoch))
        return connection

    control = connect("control")
    job = control.recv()
    threading.Thread(target=_end_with, args=(control,), daemon=True).start()
    try:
        control.send(_work(job, rank, control, connect))
    except Exception as error:
        own = isinstance(error, ConfigError | RunError)
        said = error if own else RuntimeError(f"{type(error).__name__}: {error}")
        control.send(Failed(said, traceback.format_exc()))
        # Others may wait for this worker in a collective operation: JAX's own end would too.
        control.close()
        os._exit(RunError.exit_status)


def _end_with(control: Connection) -> None:
    """End this process when the front hall's end of the connection is closed."""
    try:
        control.recv()
    except (EOFError, OSError):
        os._exit(_LOST)


def _work(job: Job, rank: int, control: Connection, connect: Any) -> Done:
    import keras
    import numpy as np

    from kerascfg.model import load_model
    from kerascfg.strategy.precision import computing_in
    from kerascfg.strategy.statistics import whole_batch_statistics
    from kerascfg.workers.distribution import meet

    meet(job.strategy.workers, job.layout, rank)
    keras.utils.set_random_seed(job.config.get("seed", 1))
    model = load_model(job.model, job.config)
    for variable, value in zip(seed_states(model), job.seeds, strict=True):
        variable.assign(value)
    with tempfile.TemporaryDirectory() as aside:
        directory = job.directory if rank == 0 else Path(aside)
        with (
            computing_in(model, job.strategy.precision, job.kept["dtype"]),
            whole_batch_statistics(model, False),  # JAX sees the whole batch anyway
        ):
            fitted = fit_stages(
                model,
                _batches(job, connect),
                job.config,
                job.stages,
                job.facts,
                replace(job.strategy, workers=None, jit=job.strategy.jit is not False),
                directory,
                _console(job.console, control if rank == 0 else None),
                unsaved_keeper(directory, job.config),
            )
    if rank == 0:
        with job.learnt.open("wb") as file:
            np.savez(file, *(np.asarray(variable.value) for variable in model.variables))
    return Done(fitted.history, fitted.seconds, fitted.best_epoch)


def seed_states(model: Any) -> list[Any]:
    """Return the states of a model's random generators, which no file of weights holds."""
    return [v for v in model.variables if v.path.endswith("seed_generator_state")]


def _batches(job: Job, connect: Any) -> Batches:
    import keras

    class Stream(keras.utils.PyDataset):
        """Batches that the front hall sends, in their order; the first asks for them anew."""

        def __init__(self, purpose: str, first_epoch: int, number: int | None):
            super().__init__()
            self.purpose, self.first_epoch, self.number = purpose, first_epoch, number
            self.connection: Connection | None = None

        @property
        def num_batches(self) -> int | None:
            return self.number

        def __getitem__(self, index: int) -> Any:
            if index == 0:
                if self.connection is not None:
                    self.connection.close()
                self.connection = connect(self.purpose, self.first_epoch)
            assert self.connection is not None, "the first batch is fetched first"
            return receive_batch(self.connection)

    validation = None
    if job.validation_steps:
        validation = Stream("validation", 0, job.validation_steps), job.validation_steps
    return Batches(
        job.steps, job.batch_size, lambda first, step=0: Stream("training", first, None), validation
    )


def _console(arguments: Mapping[str, Any], control: Connection | None) -> Any:
    """Return a console whose lines the front hall shows; None of the other workers'."""
    from rich.console import Console

    if control is None:
        return Console(quiet=True)

    class Forwarded(io.TextIOBase):
        def write(self, text: str) -> int:
            control.send(Text(text))
            return len(text)

    shown: Any = Forwarded()
    return Console(file=shown, **arguments)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.stdin.readline().strip()))
