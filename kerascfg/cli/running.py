"""What the subcommands have in common: `--help`, and what is wrong said with its exit status."""

from __future__ import annotations

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
    from kerascfg.errors import ConfigError, RunError, print_problems

    try:
        return work(argv)
    except ConfigError as error:
        print_problems(error.problems)
        return error.exit_status
    except RunError as error:
        print(error, file=sys.stderr)
        return error.exit_status
