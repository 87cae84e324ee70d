"""The corpora: cases in YAML files, each with what it needs and what is expected of it.

A case holds `case` (what is wrong, in words), `overrides` (the arguments of the command) and
`files` (path -> text, in `encoding`). `model` is short for a file conf/model/mine.yaml that the
argument `model=mine` chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
MINE = "conf/model/mine.yaml"


@dataclass(frozen=True)
class Case:
    """One wrong command: its name, arguments and files, and what is expected."""

    name: str
    arguments: tuple[str, ...]
    files: Mapping[str, str]
    encoding: str
    expected: Mapping[str, Any]

    def write(self, folder: Path) -> None:
        for name, text in self.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode(self.encoding))


def read_cases(*files: Path) -> list[Case]:
    return [_case(file, given) for file in files for given in yaml.safe_load(file.read_bytes())]


def wrong_cases() -> list[Case]:
    folder = Path(__file__).parent / "wrong"
    return read_cases(*sorted(folder.glob("*.yaml")))


def _case(file: Path, given: dict[str, Any]) -> Case:
    files, arguments = dict(given.get("files") or {}), list(given.get("overrides") or [])
    if "model" in given:
        files[MINE] = given["model"]
        arguments.insert(0, "model=mine")
    line = given.get("line")
    expected = {"place": f"{MINE}:{line}" if line else "command line", **given}
    encoding = given.get("encoding", "utf-8")
    return Case(f"{file.stem}: {given['case']}", tuple(arguments), files, encoding, expected)
