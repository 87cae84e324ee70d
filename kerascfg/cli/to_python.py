"""`kerascfg to-python`: print the plain Keras code of a config's model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerascfg.cli.running import run_subcommand

if TYPE_CHECKING:
    from kerascfg.config.compose import Composed

_HELP = """\
Print the plain Keras code of a config's model, or write it to FILE; nothing of kerascfg is needed
to run it, unless the model uses its layers. Facts of the data are filled in; the data is read where
the model's inputs or sizes come from it.

  kerascfg to-python model=cnn                         the arguments of train.py
  kerascfg to-python model=resnet18 data=... -o model.py

Exit status: 0 written; 1 the data cannot be read; 2 there are problems, nothing was written.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _write)


def _write(argv: list[str]) -> int:
    """Write the code of one config's model."""
    from kerascfg.cli.composing import check_graph, compose_checked
    from kerascfg.cli.output import read_output_flag, write_output

    overrides, file = read_output_flag(argv)
    write_output(_program(compose_checked(overrides, check_graph)), file)
    return 0


def _program(composed: Composed) -> str:
    """Build a checked config's model and return its code.

    Raises:
        ConfigError: Keras refuses a layer or a call.
        RunError: the data cannot be read.
    """
    from kerascfg.cli.composing import build_composed
    from kerascfg.model.to_python import write_python

    model = composed.config["model"]
    built = build_composed(composed, model)
    return write_python(built, model, f"The model {built.model.name}")
