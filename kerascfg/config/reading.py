"""Look at a user's YAML file before Hydra loads it.

Its events are read one after another, without recursion and without building anything, so that
size, depth and aliases are bounded by what stands here. What YAML would read otherwise than a
person wrote it is refused, with its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kerascfg.config.inclusion import FastLoader, check_defaults
from kerascfg.errors import ConfigError, Problem, display, override

_LARGEST = 1_000_000
"""Bytes of a file; the largest that a person wrote by hand has some ten thousand."""
_DEEPEST = 40
_MOST_VALUES = 100_000
"""Values of a file after its aliases are spelled out."""

_HINTS = {
    r"cannot start any token": "YAML is indented by spaces, not by tabs; a text that begins with "
    "@, % or ` needs quotes",
    r"mapping values are not allowed": "a text that holds `: ` needs quotes; a list of keys needs "
    "the same indentation",
    r"expected ',' or '[}\]]'|expected (?:the )?node content|flow mapping": "inside { } and [ ] "
    'quote "${...}", "???" and texts with commas or colons',
    r"could not find expected ':'": "a key and its value are parted by a colon and a space after "
    "the colon",
    r"duplicate key": "each key once: the later one would hide the other",
}
_AT_ITS_BEGIN = re.compile(r"stream end|end of stream|could not find expected ':'")
"""Mistakes that YAML notices only lines later: they are said where the thing begins."""
_PLAIN_TAGS = re.compile(r"tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)")
_BASE_SIXTY = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_BASE_EIGHT = re.compile(r"[-+]?0[0-7_]+")


def check_file(file: Path, folder: Path, config_path: str) -> None:
    """Check that Hydra may load a file.

    Args:
        file: the YAML file.
        folder: the folder of configs in which it was found.
        config_path: how Hydra calls it, as in `model/cnn`.

    Raises:
        ConfigError: it lies elsewhere, is no YAML mapping, or says what YAML reads otherwise.
    """
    place = display(file)
    if not file.resolve().is_relative_to(folder.resolve()):
        message = f"expected a file of {display(folder)}, which {place} is not"
        raise ConfigError(Problem(config_path, message, place=f"{place}:1"))
    content = file.read_bytes()
    if len(content) > _LARGEST:
        message = f"expected at most {_LARGEST:,} bytes. Received: {len(content):,}"
        raise ConfigError(Problem(config_path, message, place=f"{place}:1"))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"expected UTF-8. Received: the byte 0x{content[error.start]:02x}"
        hint = "save the file in the encoding UTF-8"
        raise ConfigError(Problem(config_path, message, hint, place=f"{place}:{line}")) from error
    if forbidden := re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        line = text.count("\n", 0, forbidden.start()) + 1
        message = f"expected YAML: no control characters. Received: {forbidden[0]!r}"
        raise ConfigError(Problem(config_path, message, place=f"{place}:{line}"))
    reading = _Reading(config_path, place)
    try:
        for event in yaml.parse(text, Loader=FastLoader):
            reading.take(event)
        check_defaults(text, config_path, place)
    except yaml.YAMLError as error:
        raise ConfigError(yaml_problem(error, config_path, place, text.count("\n"))) from error


def yaml_problem(
    error: yaml.YAMLError, config_path: str, file: str, lines: int | None = None
) -> Problem:
    """Return the problem of a file that is no YAML; `lines` is the number of its lines."""
    reason = getattr(error, "problem", None) or str(error).splitlines()[0]
    mark = getattr(error, "problem_mark", None)
    if _AT_ITS_BEGIN.search(reason) or (mark and mark.line == lines):
        mark = getattr(error, "context_mark", None) or mark
    hint = next((hint for pattern, hint in _HINTS.items() if re.search(pattern, reason)), None)
    place = f"{file}:{mark.line + 1 if mark else 1}"
    return Problem(config_path, f"expected YAML: {reason}", hint, place=place)


@dataclass
class _Open:
    """A mapping or list that has begun.

    Attributes:
        anchor: its anchor.
        is_list: whether it is a list.
        in_flow: whether it is written in { } or [ ].
        size: the values in it so far, itself included.
        key: the key or index of the value that comes next; None where a key comes next.
        index: the index of the value that comes next in a list.
    """

    anchor: str | None
    is_list: bool
    in_flow: bool
    size: int = 1
    key: str | None = None
    index: int = 0


@dataclass
class _Reading:
    """What has been read of a file so far."""

    config_path: str
    place: str
    stack: list[_Open] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    documents: int = 0

    def take(self, event: Any) -> None:
        """Take the next event of the parser."""
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self.refuse(event, "expected YAML: one document. Received: a second `---`")
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                done = self.stack.pop()
                if done.anchor:
                    self.sizes[done.anchor] = done.size
                self._add(event, done.size)
            case yaml.AliasEvent():
                if event.anchor in (item.anchor for item in self.stack):
                    self.refuse(event, "expected no alias inside what it stands for")
                self._add(event, self.sizes.get(event.anchor, 1))
            case yaml.ScalarEvent():
                self._scalar(event)

    def refuse(self, event: Any, message: str, hint: str | None = None, fix: Any = None) -> None:
        """Raise the problem of an event."""
        here = ".".join(item.key for item in self.stack if item.key is not None)
        path = here if fix is not None or hint else self.config_path
        fixed = None if fix is None or not here else override(self._full(here), fix)
        place = f"{self.place}:{event.start_mark.line + 1}"
        raise ConfigError(
            Problem(self._full(path) if path == here else path, message, hint, fixed, place)
        )

    def _full(self, path: str) -> str:
        group = self.config_path.rpartition("/")[0].replace("/", ".")
        return f"{group}.{path}" if group and group != "experiment" else path

    def _begin(self, event: Any) -> None:
        self._check_tag(event)
        is_list = isinstance(event, yaml.SequenceStartEvent)
        if not self.stack and is_list:
            self.refuse(event, "expected a mapping `key: value`. Received: a list")
        if self.stack and not self.stack[-1].is_list and self.stack[-1].key is None:
            self.refuse(event, "expected a key that is a text. Received: a mapping or a list")
        if len(self.stack) >= _DEEPEST:
            self.refuse(event, f"expected YAML of less depth: at most {_DEEPEST} levels")
        opened = _Open(event.anchor, is_list, bool(event.flow_style))
        if is_list:
            opened.key = "0"
        self.stack.append(opened)

    def _add(self, event: Any, size: int) -> None:
        """Count a value that is complete, and go on to the next key or index."""
        if not self.stack:
            return
        holder = self.stack[-1]
        holder.size += size
        if holder.size > _MOST_VALUES:
            self.refuse(event, f"expected at most {_MOST_VALUES:,} values, aliases spelled out")
        if holder.is_list:
            holder.index += 1
            holder.key = str(holder.index)
        else:
            holder.key = None

    def _scalar(self, event: Any) -> None:
        self._check_tag(event)
        plain = not event.style
        if not self.stack:
            if event.value and not (plain and event.value in ("null", "~")):
                message = "expected a mapping `key: value`. Received: "
                self.refuse(event, message + ("a text or number" if plain else "a text"))
            return
        holder = self.stack[-1]
        if not holder.is_list and holder.key is None:
            if plain and event.value in ("", "~", "null", "Null", "NULL"):
                self.refuse(event, f"expected a key that is a text. Received: {event.value}")
            holder.key = event.value
            return
        if plain:
            self._check_number(event)
            if holder.in_flow and event.value.count("(") > event.value.count(")"):
                self.refuse(
                    event,
                    f"expected a list, or a text in quotes. Received: {event.value}",
                    hint="inside { } and [ ] a comma ends a value: write [3, 3] for a list; an "
                    "expression holds no comma",
                )
        if event.anchor:
            self.sizes[event.anchor] = 1
        self._add(event, 1)

    def _check_number(self, event: Any) -> None:
        """Refuse a number that YAML reads otherwise than everyone else."""
        text = event.value
        if _BASE_SIXTY.fullmatch(text):
            message = "expected a number, or a text in quotes"
            self.refuse(
                event,
                f"{message}. Received: {text}, which YAML reads to the base of sixty",
                hint=f'if it is a text, quote it: "{text}"',
            )
        if _BASE_EIGHT.fullmatch(text) and text.strip("+-0_"):
            number = int(text.replace("_", ""), 10)
            message = "expected a number without 0 in front, or a text in quotes"
            self.refuse(
                event,
                f"{message}. Received: {text}, which YAML reads to the base of eight",
                fix=number,
            )

    def _check_tag(self, event: Any) -> None:
        if event.tag and not _PLAIN_TAGS.fullmatch(event.tag) and event.tag != "!":
            self.refuse(event, f"expected YAML without tags. Received: {event.tag}")
