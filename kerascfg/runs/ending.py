"""How a run ends: said in its directory, to its user, and by the exit status."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from kerascfg.errors import ConfigError, GateError, Locate, RunError, print_problems
from kerascfg.runs.atomic import DiskError
from kerascfg.runs.directory import Run


class _Stopped(BaseException):
    """A signal asked the run to end."""

    def __init__(self, number: int):
        self.number = number


@contextmanager
def ending(run: Run) -> Iterator[None]:
    """Say in a run's directory how it ended; what went wrong is raised on."""
    try:
        with _signals():
            yield
    except (ConfigError, RunError, GateError) as error:
        run.status("failed", str(error), error.exit_status)
        raise
    except (_Stopped, KeyboardInterrupt) as error:
        number = error.number if isinstance(error, _Stopped) else signal.SIGINT
        run.status("stopped", f"stopped by {signal.Signals(number).name}", 128 + number)
        raise
    except Exception as error:
        with suppress(DiskError):  # the user is told all the same
            run.write_text("error.log", traceback.format_exc())
        run.status("failed", f"{type(error).__name__}: {error}", RunError.exit_status)
        raise
    run.status("finished", exit_status=0)


def run_job(run: Run, work: Callable[[], object], locate: Locate = list) -> int:
    """Do the work of a run and return the exit status, so that a sweep goes on with its next job.

    How it ended is said in the run's directory and to the user.
    """

    def whole() -> None:
        with ending(run):
            work()

    return exit_status_of(whole, f"The whole trace: {run.path('error.log')}", locate)


def exit_status_of(work: Callable[[], object], trace: str = "", locate: Locate = list) -> int:
    """Do some work; say to the user what goes wrong with it, and return the exit status.

    Args:
        work: what to do.
        trace: where the trace of an unexpected error is.
        locate: says of problems where their keys come from.
    """
    try:
        with _signals():
            work()
    except ConfigError as error:
        print_problems(locate(error.problems), started=True)
        return error.exit_status
    except (RunError, GateError) as error:
        _complain(f"The run failed: {error}")
        return error.exit_status
    except (_Stopped, KeyboardInterrupt) as error:
        number = error.number if isinstance(error, _Stopped) else int(signal.SIGINT)
        _complain(f"The run was stopped by {signal.Signals(number).name}.")
        return 128 + number
    except Exception as error:
        _complain(f"The run failed: {type(error).__name__}: {error}\n{trace}".strip())
        return RunError.exit_status
    return 0


@contextmanager
def _signals() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that the run can say how it ended."""

    def stop(number: int, frame: Any) -> None:
        raise _Stopped(number)

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread, where Python delivers no signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _complain(message: str) -> None:
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, soft_wrap=True).print(Text(message, style="bold red"))
