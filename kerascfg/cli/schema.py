"""`kerascfg schema`: write JSON Schemas for the files of `conf/`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

_EXAMPLES = """\
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
    argv = sys.argv[1:] if argv is None else argv
    if {"-h", "--help"} & set(argv):
        print(_EXAMPLES)
        return 0
    from kerascfg.config.folders import conf_folders
    from kerascfg.errors import ConfigError, Problem, display, print_problems
    from kerascfg.schema import write_schemas

    try:
        directory = _directory(argv)
        files = write_schemas(directory, conf_folders())
    except ConfigError as error:
        print_problems(error.problems)
        return error.exit_status
    except OSError as error:
        message = f"expected a folder to write to. Received: {error.filename} ({error.strerror})"
        print_problems([Problem("-o", message)])
        return ConfigError.exit_status
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
