"""The version of the configuration language, and how older files are brought to it.

A key that is called otherwise now is a line in `RENAMES`. Files are changed as text, at the places
where YAML's own parser found the keys, so that comments and layout stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from kerascfg.errors import ConfigError, Problem, display
from kerascfg.naming.areas import AREAS

LANGUAGE = 1
"""The version that this kerascfg speaks; a config without `language` is taken to speak it."""


@dataclass(frozen=True)
class Rename:
    """A key that is called otherwise now, in the mapping where it always stood.

    Attributes:
        version: the language that renamed it.
        old: its path; `*` stands for any one key, as in `train.stages.*.epoch`.
        new: the key's name now, without the path.
    """

    version: int
    old: str
    new: str

    def matches(self, path: str) -> bool:
        """Tell whether a path is the old one."""
        parts, given = self.old.split("."), path.split(".")
        return len(parts) == len(given) and all(
            part in ("*", key) for part, key in zip(parts, given, strict=True)
        )


RENAMES: tuple[Rename, ...] = ()


def check_language(version: Any) -> list[Problem]:
    """Return what is wrong with the key `language`."""
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        message = f"expected a whole number from 1. Received: {version!r}"
        return [Problem("language", message, fix=f"language={LANGUAGE}")]
    if version > LANGUAGE:
        message = f"expected a language up to {LANGUAGE}, which is what this kerascfg speaks"
        hint = "install a newer kerascfg: pip install --upgrade kerascfg"
        return [Problem("language", f"{message}. Received: {version}", hint)]
    return []


def say_renamed(problems: Iterable[Problem], renames: Iterable[Rename] = RENAMES) -> list[Problem]:
    """Say of an unknown key that was renamed what it is called now."""
    return [_renamed(problem, tuple(renames)) for problem in problems]


def upgrade_text(text: str, package: str = "", renames: Iterable[Rename] = RENAMES) -> str:
    """Return a YAML file's text in the current language, otherwise unchanged.

    Renamed keys get their new names, and Hydra's `_target_: keras.layers.Dense` becomes
    `type: Dense`.

    Args:
        text: the file.
        package: where its keys go in the config, as in `model`; "" for the top.
        renames: the keys that are called otherwise now.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    edits: dict[tuple[int, int], str] = {}
    table = tuple(renames)
    for path, key, value in _pairs(yaml.compose(text, Loader=yaml.SafeLoader), package):
        renamed = next((rename.new for rename in table if rename.matches(path)), None)
        if key.value == "_target_" and isinstance(value, yaml.ScalarNode):
            edits[_span(key)] = "type"
            edits[_span(value)] = _short(value.value)
        elif renamed is not None:
            edits[_span(key)] = renamed
        elif path == "language" and _is_older(value):
            edits[_span(value)] = str(LANGUAGE)
    for (start, end), new in sorted(edits.items(), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def upgrade_file(file: Path, renames: Iterable[Rename] = RENAMES) -> tuple[str, str]:
    """Return a file's text as it is and as it would be.

    Raises:
        ConfigError: it cannot be read, or is no YAML.
    """
    try:
        text = file.read_bytes().decode("utf-8")
        return text, upgrade_text(text, package_of(file, text), renames)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        message = f"expected a YAML file in UTF-8: {reason}"
        raise ConfigError(Problem("upgrade", message, place=display(file))) from error


def package_of(file: Path, text: str) -> str:
    """Return where a file's keys go in the config: what its head says, else its folder's group."""
    head = takewhile(lambda line: line.startswith("#") or not line.strip(), text.splitlines())
    stated = next((m[1] for line in head if (m := re.match(r"#\s*@package\s+(\S+)", line))), None)
    if stated is not None:
        return "" if stated == "_global_" else stated
    folders = file.resolve().parent.parts
    if "conf" not in folders:
        return ""
    return ".".join(folders[len(folders) - folders[::-1].index("conf") :])


def _renamed(problem: Problem, renames: tuple[Rename, ...]) -> Problem:
    rename = next((rename for rename in renames if rename.matches(problem.path)), None)
    if rename is None:
        return problem
    old = problem.path.rpartition(".")[2]
    message = f"expected `{rename.new}`, which is its name since language {rename.version}"
    hint = "bring files to the current language: kerascfg upgrade FILE"
    return replace(problem, message=f"{message}. Received: {old}", hint=hint, fix=None)


def _pairs(
    root: yaml.Node | None, package: str
) -> Iterator[tuple[str, yaml.ScalarNode, yaml.Node]]:
    """Yield path, key and value of every key that is a plain one; what an alias repeats, once."""
    waiting, seen = [(package, root)], set()
    while waiting:
        path, node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += [(f"{path}.{index}", item) for index, item in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    below = f"{path}.{key.value}".lstrip(".")
                    yield below, key, value
                    waiting.append((below, value))


def _is_older(version: yaml.Node) -> bool:
    is_number = isinstance(version, yaml.ScalarNode) and version.value.isdecimal()
    return is_number and int(version.value) < LANGUAGE


def _span(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def _short(target: str) -> str:
    """Return the short name of a Keras object by which its place in a config knows it."""
    plain = re.sub(r"^(tensorflow|tf)\.(?=keras\.)", "", target)
    module, _, name = plain.rpartition(".")
    return name if any(module in modules for modules in AREAS.values()) else plain
