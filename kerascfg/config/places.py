"""Where each key of a composed config comes from: file and line, or the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from kerascfg.config.merge import depth
from kerascfg.errors import COMMAND_LINE, Problem, display
from kerascfg.naming import KINDS


@dataclass(frozen=True)
class Layer:
    """One file that composition merged, in its order.

    Attributes:
        file: the YAML file.
        package: where its keys go, as in `model` or "" for the root.
        name: what chose it, as in `model/cnn`.
    """

    file: Path
    package: str
    name: str = ""


@dataclass(frozen=True)
class Places:
    """Look-up of places, filled from the layers when it is first asked.

    Attributes:
        layers: the merged files in order.
        stated: paths that the command line sets.
        chosen: paths of the groups for which the command line chooses a file.
    """

    layers: tuple[Layer, ...]
    stated: tuple[str, ...]
    chosen: tuple[str, ...] = ()
    _places: dict[str, str] = field(default_factory=dict)
    _dropped: dict[str, str] = field(default_factory=dict)

    def summary(self) -> str:
        """Say what was composed: the chosen files, then what the command line sets."""
        names = [layer.name for layer in self.layers if "/" in layer.name]
        return " ".join(names + [f"+ {', '.join(self.stated)}"] * bool(self.stated))

    def of(self, path: str) -> str | None:
        """Return the place of a key, or of the nearest key above it that has one."""
        places = self._all()
        parts = path.split(".")
        while parts:
            if (place := places.get(".".join(parts))) is not None:
                return place
            parts.pop()
        return None

    def locate(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return the problems, each with its place where it is known."""
        return [
            problem
            if problem.place
            else replace(problem, place=self.of(problem.path) or self._primary())
            for problem in problems
        ]

    def _primary(self) -> str | None:
        """Return the place of the primary config: what nobody states would be chosen there."""
        primary = (layer.file for layer in self.layers if "/" not in layer.name)
        return next((f"{display(file)}:1" for file in primary), None)

    def dropped(self) -> dict[str, str]:
        """Return the values that a later layer dropped by replacing their node: path -> place."""
        self._all()
        above = {path.rpartition(".")[0] for path in self._dropped}
        return {path: place for path, place in self._dropped.items() if path not in above}

    def _all(self) -> dict[str, str]:
        if not self._places:
            for layer in self.layers:
                self._add(layer)
            for path in self.chosen:
                self._places.setdefault(path, COMMAND_LINE)
            for path in sorted(self.stated, key=depth):
                holder, _, key = path.rpartition(".")
                self._replace(holder if key in KINDS else path, COMMAND_LINE)
                while holder:
                    self._places.setdefault(holder, COMMAND_LINE)
                    holder = holder.rpartition(".")[0]
                self._place(path, COMMAND_LINE)
        return self._places

    def _add(self, layer: Layer) -> None:
        name = display(layer.file)
        if layer.package:
            self._places.setdefault(layer.package, f"{name}:1")
        keys = dict(_keys(layer.file))
        if layer.package and not keys.keys().isdisjoint(KINDS):  # the whole file is a node
            self._replace(layer.package, f"{name}:1")
        for path, key in keys.items():
            full = f"{layer.package}.{path}" if layer.package else path
            if key.replaces:
                self._replace(full, f"{name}:{key.line}")
            elif full not in self._places:  # a mapping that is merged stays where it began
                self._place(full, f"{name}:{key.line}")

    def _replace(self, path: str, place: str) -> None:
        for below in [key for key in self._places if key.startswith(f"{path}.")]:
            self._dropped[below] = self._places.pop(below)
        self._place(path, place)

    def _place(self, path: str, place: str) -> None:
        self._places[path] = place
        self._dropped.pop(path, None)


def key_lines(file: Path) -> Iterator[tuple[str, int]]:
    """Yield every key of a YAML file as a dotted path, with its line (from 1)."""
    return ((path, key.line) for path, key in _keys(file))


@dataclass(frozen=True)
class _Key:
    line: int
    replaces: bool
    """Whether its value replaces an earlier one: anything but a mapping that says no kind."""


def _keys(file: Path) -> Iterator[tuple[str, _Key]]:
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=_Loader)
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return
    waiting = [("", root)]
    while waiting:
        prefix, node = waiting.pop()
        if prefix.count(".") > _DEEPEST:
            return  # an alias inside what it stands for
        if isinstance(node, yaml.MappingNode):
            pairs = [(_spelled(key), key.start_mark.line, value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            pairs = [(str(i), v.start_mark.line, v) for i, v in enumerate(node.value)]
        else:
            continue
        for name, line, value in pairs:
            merges = isinstance(value, yaml.MappingNode) and not _states_kind(value)
            yield f"{prefix}{name}", _Key(line + 1, not merges)
            waiting.append((f"{prefix}{name}.", value))


def _spelled(key: yaml.Node) -> str:
    """Spell a key as a path does: YAML reads `on` as true."""
    if key.tag == "tag:yaml.org,2002:bool":
        return str(str(key.value).lower() in ("on", "yes", "true"))
    return str(key.value)


def _states_kind(node: yaml.MappingNode) -> bool:
    return any(key.value in KINDS for key, _ in node.value)


_DEEPEST = 100
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
