"""Where each key of a composed config comes from: file and line, or the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from kerascfg.errors import COMMAND_LINE, Problem, display


@dataclass(frozen=True)
class Layer:
    """One file that composition merged, in its order.

    Attributes:
        file: the YAML file.
        package: where its keys go, as in `model` or "" for the root.
    """

    file: Path
    package: str


@dataclass(frozen=True)
class Places:
    """Look-up of places, filled from the layers when it is first asked.

    Attributes:
        layers: the merged files in order.
        overrides: paths that the command line sets.
    """

    layers: tuple[Layer, ...]
    overrides: tuple[str, ...]
    _lines: dict[str, str] = field(default_factory=dict)

    def of(self, path: str) -> str | None:
        """Return the place of a key, or of the nearest key above it that has one."""
        lines = self._lines or self._read()
        parts = path.split(".")
        while parts:
            if (place := lines.get(".".join(parts))) is not None:
                return place
            parts.pop()
        return None

    def locate(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return the problems, each with its place where it is known."""
        return [
            problem if problem.place else replace(problem, place=self.of(problem.path))
            for problem in problems
        ]

    def _read(self) -> dict[str, str]:
        for layer in self.layers:
            name = display(layer.file)
            for path, line in key_lines(layer.file):
                full = f"{layer.package}.{path}" if layer.package else path
                self._lines[full] = f"{name}:{line}"
        for path in self.overrides:
            for below in [key for key in self._lines if key.startswith(f"{path}.")]:
                del self._lines[below]
            self._lines[path] = COMMAND_LINE
        return self._lines


def key_lines(file: Path) -> Iterator[tuple[str, int]]:
    """Yield every key of a YAML file as a dotted path, with its line (from 1)."""
    import yaml

    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return
    waiting = [("", root)]
    while waiting:
        prefix, node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                path = f"{prefix}{key.value}"
                yield path, key.start_mark.line + 1
                waiting.append((f"{path}.", value))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                yield f"{prefix}{index}", value.start_mark.line + 1
                waiting.append((f"{prefix}{index}.", value))
