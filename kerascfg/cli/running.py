"""What the commands have in common: `--help`, and how they end said with their exit status."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable


def run_subcommand(argv: list[str] | None, text: str, work: Callable[[list[str]], int]) -> int:
    """Print the help, or do a command's work; return the exit status.

    Args:
        argv: the arguments; those of the command line by default.
        text: the help.
        work: does what the arguments say and returns the exit status. What it imports is not
            imported for the help.
    """
    argv = sys.argv[1:] if argv is None else argv
    if {"-h", "--help"} & set(argv):
        print(text)
        return 0
    return stoppable(lambda: _said(work, argv), argv)


def stoppable(work: Callable[[], int], argv: list[str]) -> int:
    """Do a command's work, which Ctrl-C ends without a trace; return the exit status.

    Args:
        work: returns the exit status.
        argv: the arguments, of whose secrets nothing is printed.
    """
    from kerascfg.redacting import guarded_output

    try:
        with guarded_output(argv):
            return work()
    except KeyboardInterrupt:
        print("Stopped by SIGINT.", file=sys.stderr)
        return 128 + signal.SIGINT


def _said(work: Callable[[list[str]], int], argv: list[str]) -> int:
    """Do a command's work, and say what is wrong."""
    from kerascfg.errors import ConfigError, RunError, print_problems

    try:
        return work(argv)
    except ConfigError as error:
        print_problems(error.problems)
        return error.exit_status
    except RunError as error:
        print(error, file=sys.stderr)
        return error.exit_status
