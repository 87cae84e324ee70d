"""`kerascfg trust`: allow configs to name the plugins that this folder's pyproject.toml lists."""

from __future__ import annotations

import sys
from pathlib import Path

_HELP = """\
Allow configs to name objects of the packages listed in the current folder's pyproject.toml:

  [tool.kerascfg]
  plugins = ["my_package"]

Run it in a folder whose code you trust: what configs there name will be imported. A package added
to the list later has to be trusted anew.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if {"-h", "--help"} & set(argv):
        print(_HELP)
        return 0
    from kerascfg.errors import ConfigError, Problem, print_problems
    from kerascfg.naming.trust import find_project, trust

    try:
        folder = find_project(Path.cwd())
        if argv or folder is None:
            fix = 'plugins = ["my_package"] under [tool.kerascfg]'
            message = "expected a pyproject.toml with plugins, here or above, and no arguments"
            raise ConfigError(Problem("tool.kerascfg.plugins", message, fix=fix))
        names = trust(folder)
    except ConfigError as error:
        print_problems(error.problems)
        return error.exit_status
    print(f"{folder}: configs may name {', '.join(names)}")
    return 0
