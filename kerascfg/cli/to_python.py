"""`kerascfg to-python`: print the plain Keras code of a config's model."""

from __future__ import annotations

import sys
from typing import Any

_HELP = """\
Print the plain Keras code of a config's model, or write it to FILE; nothing of kerascfg is needed
to run it, unless the model uses its layers. Facts of the data are filled in.

  kerascfg to-python model=cnn                         the arguments of train.py
  kerascfg to-python model=resnet18 data=... -o model.py

Exit status: 0 written; 1 the data cannot be read; 2 there are problems, nothing was written.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if {"-h", "--help"} & set(argv):
        print(_HELP)
        return 0
    from kerascfg.cli.composing import compose_checked
    from kerascfg.cli.output import read_output_flag, write_output
    from kerascfg.errors import ConfigError, RunError, print_problems
    from kerascfg.interpreter import check

    try:
        overrides, file = read_output_flag(argv)
        write_output(_program(compose_checked(overrides, check).config), file)
    except ConfigError as error:
        print_problems(error.problems)
        return error.exit_status
    except RunError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    return 0


def _program(config: dict[str, Any]) -> str:
    from kerascfg.interpreter import build_parts
    from kerascfg.model.to_python import write_python

    built = build_parts(config)
    return write_python(built, config["model"], f"The model {built.model.name}")
