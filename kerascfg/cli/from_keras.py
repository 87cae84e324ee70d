"""`kerascfg from-keras`: write the YAML of a Keras model that exists."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kerascfg.cli.running import run_subcommand

if TYPE_CHECKING:
    from kerascfg.errors import Problem

_HELP = """\
Write a Keras model that exists as a model/*.yaml; print it, or write it to FILE.

  kerascfg from-keras keras.applications.ResNet50           an application, without its weights
  kerascfg from-keras model.keras -o conf/model/mine.yaml   a saved model; then train model=mine
  kerascfg from-keras my_package.models.build               a model, or a function that makes one

The YAML holds no weights. It is rebuilt and compared with the model before it is written: the same
parameters and, with the model's weights, the same outputs. What it cannot say is an error.

Exit status: 0 written; 2 nothing was written.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _write)


def _write(argv: list[str]) -> int:
    """Write the YAML of one model."""
    from kerascfg.cli.output import read_output_flag, write_output
    from kerascfg.errors import ConfigError

    sources, file = read_output_flag(argv)
    if len(sources) != 1:
        raise ConfigError(_one_source(sources))
    text, compared = _describe(sources[0])
    write_output(text, file)
    print(f"rebuilt and compared: {compared}", file=sys.stderr)
    return 0


def _describe(source: str) -> tuple[str, str]:
    """Return the YAML of a source's model, and what of it was compared."""
    import yaml

    from kerascfg.model.from_keras import compare, fold, open_source, read_model, write_yaml
    from kerascfg.quiet import start_tensorflow

    start_tensorflow()
    model = open_source(source)
    text = write_yaml(fold(read_model(model)))
    compared = compare(model, yaml.safe_load(text))
    return f"# Read from {Path(source).name} by `kerascfg from-keras`\n{text}", compared


def _one_source(sources: list[str]) -> Problem:
    from kerascfg.errors import COMMAND_LINE, Problem

    received = " ".join(sources) or "none"
    fix = "kerascfg from-keras keras.applications.ResNet50"
    message = f"expected one SOURCE. Received: {received}"
    return Problem("SOURCE", message, fix=fix, place=COMMAND_LINE)
