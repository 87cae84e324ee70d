"""Write a model's description as a person would: one node a line, in flow style."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import yaml

_WIDTH = 120
_LONG = 12
"""From how many digits on a number is rather written as a fraction, `$(1 / 255)`."""
_MOST_PARTS = 1_000_000
_PLAIN = re.compile(r"[A-Za-z_$/.][\w$./()*+ -]*(?<! )", re.ASCII)
"""Texts that stand without quotes, in flow style too, if YAML reads them as texts."""


def write_yaml(model: Mapping[str, Any]) -> str:
    """Return the text of a `model/*.yaml`.

    Args:
        model: a description in plain containers, as `read_model` returns it.
    """
    return "".join(f"{line}\n" for line in _entries(model, 0))


def _entries(described: Mapping[str, Any], indent: int) -> list[str]:
    """Write a graph: its mappings of nodes, inputs and blocks over several lines."""
    lines = []
    for key, value in described.items():
        if key == "blocks":
            lines.append(_line(indent, "blocks:"))
            for name, block in value.items():
                lines += [_line(indent + 1, f"{name}:"), *_entries(block, indent + 2)]
        elif isinstance(value, Mapping) and key in ("inputs", "layers"):
            lines.append(_line(indent, f"{key}:"))
            for name, node in value.items():
                lines += _entry(name, node, indent + 1)
        else:
            lines += _entry(key, value, indent)
    return lines


def _entry(key: str, value: Any, indent: int) -> list[str]:
    """Write one entry on a line, or its parts on a line each where it is too long."""
    line = _line(indent, f"{_text(key)}: {_text(value, key)}")
    if len(line) <= _WIDTH or not value or not isinstance(value, Mapping | list):
        return [line]
    if isinstance(value, list):
        if not all(isinstance(item, str) for item in value):
            return [line]
        return [
            _line(indent, f"{_text(key)}:"),
            *(_line(indent + 1, f"- {_text(v)}") for v in value),
        ]
    parts = [part for name, item in value.items() for part in _entry(str(name), item, indent + 1)]
    return [_line(indent, f"{_text(key)}:"), *parts]


def _line(indent: int, text: str) -> str:
    return "  " * indent + text


def _text(value: Any, key: str = "") -> str:
    """Write a value in flow style; among a node's `inputs` there are no expressions."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float():
            return _float(value, key != "inputs")
        case Mapping():
            return (
                "{"
                + ", ".join(
                    f"{_text(str(k))}: {_text(v, _place(k, key))}" for k, v in value.items()
                )
                + "}"
            )
        case list() | tuple():
            return "[" + ", ".join(_text(item, key) for item in value) + "]"
        case str():
            plain = _PLAIN.fullmatch(value) and yaml.safe_load(value) == value
            return value if plain else _quoted(value)
        case _:
            return str(value)


def _quoted(text: str) -> str:
    """Write a text in double quotes and ASCII; unlike JSON, YAML has no pairs of surrogates."""
    escaped = (f"\\U{ord(c):08x}" if ord(c) > 0xFFFF else json.dumps(c)[1:-1] for c in text)
    return f'"{"".join(escaped)}"'


def _place(key: object, around: str) -> str:
    return around if around == "inputs" else str(key)


def _float(value: float, as_fraction: bool) -> str:
    """Write a number so that every YAML loader reads it as one: with a dot and a sign."""
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else f"{'-' if value < 0 else ''}.inf"
    if as_fraction and len(repr(value)) > _LONG and _is_fraction(value):
        return f"$(1 / {round(1 / value)})"
    digits, _, power = repr(value).partition("e")
    if not power:
        return digits
    sign = "" if power.startswith("-") else "+"
    return f"{digits if '.' in digits else f'{digits}.0'}e{sign}{power.lstrip('+')}"


def _is_fraction(value: float) -> bool:
    """Tell whether a number is one part of a whole number of parts that a person would write."""
    return 1 / _MOST_PARTS <= abs(value) < 1 and 1 / round(1 / value) == value
