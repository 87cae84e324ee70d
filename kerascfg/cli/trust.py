"""`kerascfg trust`: allow configs to name the plugins that this folder's pyproject.toml lists."""

from __future__ import annotations

from pathlib import Path

from kerascfg.cli.running import run_subcommand

_HELP = """\
Allow configs to name objects of the packages listed in the current folder's pyproject.toml:

  [tool.kerascfg]
  plugins = ["my_package"]

Run it in a folder whose code you trust: what configs there name will be imported. A package added
to the list later has to be trusted anew.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _trust)


def _trust(argv: list[str]) -> int:
    """Trust the folder's plugins."""
    from kerascfg.errors import ConfigError, Problem
    from kerascfg.naming.trust import find_project, trust

    folder = find_project(Path.cwd())
    if argv or folder is None:
        fix = 'plugins = ["my_package"] under [tool.kerascfg]'
        message = "expected a pyproject.toml with plugins, here or above, and no arguments"
        raise ConfigError(Problem("tool.kerascfg.plugins", message, fix=fix))
    names = trust(folder)
    print(f"{folder}: configs may name {', '.join(names)}")
    return 0
