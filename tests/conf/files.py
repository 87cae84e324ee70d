"""The shipped YAML files: what each needs, and the commands that its first comments state."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from kerascfg.config.folders import shipped_conf

CONF = shipped_conf()
_COMMAND = "python train.py"


@dataclass(frozen=True)
class ConfFile:
    """A file below conf/, by its group and its name."""

    group: str
    name: str

    def __str__(self) -> str:
        return f"{self.group}/{self.name}" if self.group else self.name

    @property
    def path(self) -> Path:
        return CONF / self.group / f"{self.name}.yaml"

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def comments(self) -> list[str]:
        lines = takewhile(lambda line: line.startswith("#"), self.text.splitlines())
        return [line.removeprefix("#") for line in lines]

    @property
    def needs(self) -> str | None:
        """What the file cannot be trained without, by its first line."""
        first = self.text.splitlines()[0]
        return first.removeprefix("# needs: ") if first.startswith("# needs:") else None

    @property
    def commands(self) -> list[list[str]]:
        """The overrides of each command; a line that is indented further goes on with it."""
        commands: list[str] = []
        for line in self.comments:
            if _COMMAND in line:
                commands.append(line.split(_COMMAND)[1])
            elif commands and line.startswith("   "):
                commands[-1] += line
        return [shlex.split(command) for command in commands]


FILES = [
    ConfFile("" if str(group) == "." else group.as_posix(), path.stem)
    for path in sorted(CONF.rglob("*.yaml"))
    for group in [path.parent.relative_to(CONF)]
]


def of_group(*groups: str) -> list[ConfFile]:
    return [file for file in FILES if file.group in groups]


def smaller(overrides: list[str], file: ConfFile) -> list[str]:
    """Return a command with a smaller model, and without weights that would be downloaded."""
    if "model=resnet18" in overrides:
        return [*overrides, "model.args.width=4"]
    if "model=transfer" in overrides:
        sides = [f"model.layers.resize.{side}=32" for side in ("height", "width")]
        return [*overrides, *sides, "model.layers.backbone.weights=null"]
    if file.group.startswith("optimizer"):
        return [*overrides, "model=mlp"]
    return overrides
