"""Runs that cannot start in this process: each gets one of its own, and ends as if it had none.

TensorFlow takes threads, GPUs and logical devices when it starts, Keras its backend: the jobs of a
sweep, or the cells of a notebook, may want others.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, GateError, OtherProcessError, RunError
from kerascfg.exporting.processes import how_it_ended, importable
from kerascfg.runs import Run, StoppedError, listening, open_run

if TYPE_CHECKING:
    from rich.console import Console

_LEAVE_SECONDS = 30


def train_here_or_apart(config: Mapping[str, Any], run: Run, console: Console) -> None:
    """Train a checked config in this process, or in one of its own where this one does not fit.

    Args:
        config: the composed config, without problems.
        run: an empty run, whose directory is filled.
        console: where to show what happens; another process shows it on the standard output.

    Raises:
        ConfigError: what only the data or Keras itself could show to be wrong.
        RunError: the run failed.
        GateError: a delivery disagrees with the model, or does not keep to the config's gate.
    """
    from kerascfg.data import without_table
    from kerascfg.interpreter import train
    from kerascfg.screen import say

    try:
        train(config, run, console)
    except OtherProcessError as error:
        if without_table(config) != config:  # the data itself, which no file holds
            raise
        say(console, "process", f"a new one ({str(error).partition(':')[0]})")
        _train_apart(run)


def _train_apart(run: Run) -> None:
    """Train the config of a run's directory in a process of its own, and raise what it raised."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "error.pickle"
        command = [sys.executable, "-m", "kerascfg.own_process"]
        process = subprocess.Popen(
            [*command, str(run.directory), str(answer), run.before or ""],
            env=importable({k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}),
        )
        try:
            status = process.wait()
        except BaseException:  # a signal, which its process is to hear too
            process.terminate()
            process.wait(_LEAVE_SECONDS)
            raise
        finally:
            process.kill()
        if answer.exists():
            raise pickle.loads(answer.read_bytes())
        if died := how_it_ended(status):
            raise RunError(died)


class OwnProcessError(Exception):
    """Something unforeseen went wrong in a run's own process; the message holds its trace."""


def _main(directory: str, answer: str, before: str) -> int:
    from kerascfg.interpreter import train
    from kerascfg.screen import open_console

    run: Any = replace(open_run(directory), before=before or None)
    try:
        with listening(run.stop):
            train(run.config(), run, open_console())
    except StoppedError as error:  # the state is saved; who started this was told too
        return 128 + error.number
    except (ConfigError, RunError, GateError) as error:
        Path(answer).write_bytes(pickle.dumps(error))
        return error.exit_status
    except Exception as error:
        said = OwnProcessError(f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
        Path(answer).write_bytes(pickle.dumps(said))
        return RunError.exit_status
    return 0


if __name__ == "__main__":
    # By its name: what is pickled here is read under that.
    from kerascfg import own_process

    sys.exit(own_process._main(*sys.argv[1:]))
