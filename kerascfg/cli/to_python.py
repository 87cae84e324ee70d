"""`kerascfg to-python`: print the plain Keras code of a config's model."""

from __future__ import annotations

from typing import Any

from kerascfg.cli.running import run_subcommand

_HELP = """\
Print the plain Keras code of a config's model, or write it to FILE; nothing of kerascfg is needed
to run it, unless the model uses its layers. Facts of the data are filled in.

  kerascfg to-python model=cnn                         the arguments of train.py
  kerascfg to-python model=resnet18 data=... -o model.py

Exit status: 0 written; 1 the data cannot be read; 2 there are problems, nothing was written.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _write)


def _write(argv: list[str]) -> int:
    """Write the code of one config's model."""
    from kerascfg.cli.composing import compose_checked
    from kerascfg.cli.output import read_output_flag, write_output
    from kerascfg.interpreter import check

    overrides, file = read_output_flag(argv)
    write_output(_program(compose_checked(overrides, check).config), file)
    return 0


def _program(config: dict[str, Any]) -> str:
    from kerascfg.interpreter import build_core
    from kerascfg.model.to_python import write_python

    built = build_core(config)
    return write_python(built, config["model"], f"The model {built.model.name}")
