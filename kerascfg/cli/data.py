"""`kerascfg data`: what is in a config's data, and what it looks like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.cli.running import run_subcommand

if TYPE_CHECKING:
    from kerascfg.errors import Problem

_HELP = """\
Look at a config's data: specs, ranges, gaps, classes by split, notes, speed, pictures of samples.

  kerascfg data                                      the default experiment
  kerascfg data data=csv data.source.path=wages.csv data.target=wage      as of train.py
  kerascfg data --out look                           also draw samples into the folder look/
  kerascfg data --json                               what is printed, as data

--out draws training samples, some of each class: images as a contact sheet (with their augmented
versions below, where data.augment says so, and masks over them), sounds as waveforms and
spectrograms, windows of series as lines with their target; PNG. All else is a table, samples.html.

The data is read and preprocessed as training would; no model is built. Of features that are read
when asked (images, large files) a random part is measured. The speed is that of this machine, now.
`python train.py debug=data` does the same in a run directory.

Exit status: 0 shown; 1 the data cannot be read; 2 the config or the command line is wrong.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _look)


def _look(argv: list[str]) -> int:
    """Look at the data of one config."""
    from kerascfg.assembly import open_as_trained
    from kerascfg.cli.composing import compose_checked
    from kerascfg.errors import ConfigError, display
    from kerascfg.look import draw_samples, look_at, print_look
    from kerascfg.screen import open_console, say

    rest, folder = _read_folder(argv)
    composed = compose_checked([argument for argument in rest if argument != "--json"], _check)
    try:
        data = open_as_trained(composed.config)
    except ConfigError as error:
        raise ConfigError(composed.places.locate(error.problems)) from error
    if folder is not None:
        _refuse_existing(data, folder)
    look = look_at(data)
    if "--json" in rest:
        _print_json(look)
    else:
        print_look(look, open_console())
    if folder is not None:
        files = draw_samples(data, folder)
        if "--json" not in rest:
            say(open_console(), "drawn", ", ".join(display(file) for file in files))
    elif "--json" not in rest:
        say(open_console(), "pictures", "--out DIR draws samples")
    return 0


def _check(config: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with the data and with what prepares it."""
    from kerascfg.checking import check

    prefixes = ("data", "task", "model.preprocess", "seed")
    return [p for p in check(config) if f"{p.path}.".startswith(tuple(f"{x}." for x in prefixes))]


def _read_folder(argv: list[str]) -> tuple[list[str], Path | None]:
    """Split the arguments into those of train.py, and the folder behind `--out`.

    Raises:
        ConfigError: there is none behind it, or it is a file.
    """
    from kerascfg.errors import COMMAND_LINE, ConfigError, Problem

    if "--out" not in argv:
        return argv, None
    at = argv.index("--out")
    if at + 1 == len(argv):
        message = "expected a folder behind it"
        raise ConfigError(Problem("--out", message, fix="--out look", place=COMMAND_LINE))
    folder = Path(argv[at + 1]).expanduser()
    if folder.exists() and not folder.is_dir():
        message = f"expected a folder. Received: {folder}, which is a file"
        raise ConfigError(Problem("--out", message, place=COMMAND_LINE))
    return [*argv[:at], *argv[at + 2 :]], folder


def _refuse_existing(data: Any, folder: Path) -> None:
    from kerascfg.errors import COMMAND_LINE, ConfigError, Problem, display
    from kerascfg.look import files_of

    there = [display(folder / name) for name in files_of(data) if (folder / name).exists()]
    if there:
        message = f"expected a folder without them. Received: {', '.join(there)}"
        hint = "name another, or delete them first"
        raise ConfigError(Problem("--out", message, hint=hint, place=COMMAND_LINE))


def _print_json(look: Any) -> None:
    import json
    from dataclasses import asdict

    from kerascfg.runs.directory import plain

    print(json.dumps(plain(asdict(look)), indent=2, ensure_ascii=False, allow_nan=False))
