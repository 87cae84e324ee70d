"""`kerascfg check`: say what is wrong with a config, with the arguments of `train.py`."""

from __future__ import annotations

import json

from kerascfg.cli.running import run_subcommand

_HELP = """\
Say what is wrong with a config; nothing is started, TensorFlow is not imported.

  kerascfg check                                the default experiment
  kerascfg check model=tabular data=csv ...     the arguments of train.py
  kerascfg check optimizer=sgd --json           problems as JSON
  kerascfg check --shapes model=resnet18        also build the graph: where do shapes disagree?

--shapes imports TensorFlow and, where the model's inputs or sizes come from it, reads the data.

Exit status: 0 nothing is wrong; 1 the data cannot be read (--shapes); 2 the config or the command
line is wrong.

--json prints {"problems": [{"path", "message", "hint", "fix", "place"}, ...]}: `path` is the key's
full path, `place` is FILE:LINE or "command line", `fix` the override that mends it; hint, fix and
place may be null.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _check)


def _check(argv: list[str]) -> int:
    """Check one config, or each of a sweep."""
    from dataclasses import asdict

    from kerascfg.checking import check, check_shapes
    from kerascfg.config.arguments import parse_flags
    from kerascfg.config.entry import collect
    from kerascfg.errors import ConfigError, print_problems

    as_json = "--json" in argv
    whole = check_shapes if "--shapes" in argv else check
    try:
        own = ("--json", "--shapes")
        jobs, problems = collect(parse_flags([a for a in argv if a not in own]), whole)
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
