"""How a run ends: said in its directory, to its user, and by the exit status."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from kerascfg.errors import ConfigError, GateError, Locate, RunError, print_problems
from kerascfg.runs.atomic import DiskError
from kerascfg.runs.directory import Run
from kerascfg.runs.stopping import Stop, StoppedError, listening


@contextmanager
def ending(run: Run) -> Iterator[None]:
    """Say in a run's directory how it ended; what went wrong is raised on."""
    try:
        with listening(run.stop):
            yield
    except (ConfigError, RunError, GateError) as error:
        run.status("failed", str(error), error.exit_status)
        raise
    except KeyboardInterrupt as error:
        number, told = _told(error)
        run.status("stopped", told, 128 + number)
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
        with listening(Stop()):
            work()
    except ConfigError as error:
        print_problems(locate(error.problems), started=True)
        return error.exit_status
    except (RunError, GateError) as error:
        _complain(f"The run failed: {error}")
        return error.exit_status
    except KeyboardInterrupt as error:
        number, told = _told(error)
        _complain(f"The run was {told}.")
        return 128 + number
    except Exception as error:
        _complain(f"The run failed: {type(error).__name__}: {error}\n{trace}".strip())
        return RunError.exit_status
    return 0


def _told(error: KeyboardInterrupt) -> tuple[int, str]:
    """Return the number of the signal that stopped a run, and say so."""
    if not isinstance(error, StoppedError):
        error = StoppedError(signal.SIGINT)
    saved = f"; saved: {error.where}" if error.where else ""
    return error.number, f"stopped by {signal.Signals(error.number).name}{saved}"


def _complain(message: str) -> None:
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, soft_wrap=True).print(Text(message, style="bold red"))
