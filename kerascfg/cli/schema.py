"""`kerascfg schema`: write JSON Schemas for the files of `conf/`."""

from __future__ import annotations

import argparse
from pathlib import Path

from kerascfg.cli.running import run_subcommand

_HELP = """\
Write a JSON Schema for each config group, by which an editor completes names and arguments,
shows their documentation and underlines mistakes. Keras is not imported.

  kerascfg schema               into conf/.schema of the current folder
  kerascfg schema -o DIR        into another folder

A file of conf/ says by which schema it is read in one of its first comments:

  # yaml-language-server: $schema=../.schema/model.json        in conf/model/NAME.yaml

VS Code reads it with the extension YAML of Red Hat; Neovim, Emacs and others with
yaml-language-server. Run it again after an update of Keras or a new file in conf/.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _write)


def _write(argv: list[str]) -> int:
    """Write the schemas into a folder."""
    from kerascfg.config.folders import conf_folders
    from kerascfg.errors import ConfigError, Problem, display
    from kerascfg.schema import write_schemas

    directory = _directory(argv)
    try:
        files = write_schemas(directory, conf_folders())
    except OSError as error:
        place, reason = display(directory), error.strerror or str(error)
        message = f"expected a folder that can be written to. Received: {place} ({reason})"
        raise ConfigError(Problem("-o", message)) from error
    print(f"{len(files)} schemas written to {display(directory)}")
    return 0


def _directory(argv: list[str]) -> Path:
    """Read the folder from the arguments.

    Raises:
        ConfigError: an argument is wrong.
    """
    from kerascfg.errors import COMMAND_LINE, ConfigError, Problem

    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("-o", type=Path, default=Path("conf", ".schema"))
    try:
        known, others = parser.parse_known_args(argv)
    except argparse.ArgumentError as error:
        raise ConfigError(Problem("-o", str(error.message), place=COMMAND_LINE)) from error
    if others:
        message = f"expected -o DIR, or nothing. Received: {' '.join(others)}"
        raise ConfigError(Problem(others[0], message, place=COMMAND_LINE))
    return known.o
