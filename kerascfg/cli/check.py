"""`kerascfg check`: say what is wrong with a config, with the arguments of `train.py`."""

from __future__ import annotations

import json
import sys

_HELP = """\
Say what is wrong with a config; nothing is started, TensorFlow is not imported.

  kerascfg check                                the default experiment
  kerascfg check model=tabular data=csv ...     the arguments of train.py
  kerascfg check optimizer=sgd --json           problems as JSON

Exit status: 0 nothing is wrong; 2 the config or the command line is wrong. (1 is never returned:
nothing is started that could fail.)

--json prints {"problems": [{"path", "message", "hint", "fix", "place"}, ...]}: `path` is the key's
full path, `place` is FILE:LINE or "command line", `fix` the override that mends it; hint, fix and
place may be null.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if {"-h", "--help"} & set(argv):
        print(_HELP)
        return 0
    from dataclasses import asdict

    from kerascfg.config.arguments import parse_flags
    from kerascfg.config.entry import collect
    from kerascfg.errors import ConfigError, print_problems
    from kerascfg.interpreter import check

    as_json = "--json" in argv
    try:
        jobs, problems = collect(parse_flags([a for a in argv if a != "--json"]), check)
    except ConfigError as error:
        jobs, problems = [], list(error.problems)
    if as_json:
        print(json.dumps({"problems": [asdict(problem) for problem in problems]}, indent=2))
    elif problems:
        print_problems(problems)
    else:
        configs = "1 config" if len(jobs) == 1 else f"{len(jobs)} configs"
        print(f"nothing is wrong with {configs}")
    return ConfigError.exit_status if problems else 0
