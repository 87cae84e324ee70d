"""`kerascfg upgrade`: bring older configs to this version of the language, showing the changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kerascfg.cli.running import run_subcommand

_HELP = """\
Show what has to change in config files of an older version of the language, or of plain Hydra
(`_target_: keras.layers.Dense` becomes `type: Dense`). Nothing is written without --write.

  kerascfg upgrade                         every file of conf/, as a diff
  kerascfg upgrade conf/model/mine.yaml    one file
  kerascfg upgrade conf --write            change the files; comments and layout stay

Exit status: 0 done, or nothing to do; 1 a file cannot be written; 2 one cannot be read.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _upgrade)


def _upgrade(argv: list[str]) -> int:
    """Show the changes, or write them."""
    from kerascfg.config.upgrade import upgrade_file
    from kerascfg.errors import RunError
    from kerascfg.runs import write_text

    files = list(_files([a for a in argv if a != "--write"] or ["conf"]))
    upgraded = {file: upgrade_file(file) for file in files}
    changes = {file: (old, new) for file, (old, new) in upgraded.items() if old != new}
    for file, (old, new) in changes.items():
        print(_diff(file, old, new), end="")
        if "--write" in argv:
            try:
                write_text(file, new)
            except OSError as error:
                raise RunError(f"{file} was not changed: {error.strerror or error}") from error
    among = "1 file" if len(files) == 1 else f"{len(files)} files"
    count = f"{len(changes)} of {among}"
    if not changes:
        print(f"nothing to upgrade in {among}")
    elif "--write" in argv:
        print(f"\n{count} changed")
    else:
        print(f"\n{count} would change; to change them, add --write")
    return 0


def _files(given: list[str]) -> Iterator[Path]:
    """Yield the files that are given, and those in the folders that are given.

    Raises:
        ConfigError: there is no such file or folder.
    """
    from kerascfg.errors import COMMAND_LINE, ConfigError, Problem

    for name in given:
        path = Path(name)
        if path.is_dir():
            yield from sorted(path.rglob("*.yaml"))
        elif path.is_file():
            yield path
        else:
            message = f"expected YAML files, folders of them, or --write. Received: {name}"
            raise ConfigError(Problem("upgrade", message, place=COMMAND_LINE))


def _diff(file: Path, old: str, new: str) -> str:
    from difflib import unified_diff

    name = file.as_posix()
    lines = unified_diff(old.splitlines(), new.splitlines(), name, name, lineterm="")
    return "\n".join(lines) + "\n"
