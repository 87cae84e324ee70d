"""Secrets leave no trace: what is printed, and every text that is written, passes `redacted`.

A secret is the value of an environment variable that is named like one, the password in an
address, and what a config says under a key that is named like one.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO, cast
from urllib.parse import unquote

REDACTED = "(redacted)"
SHORTEST = 6
"""A shorter value is no secret, and would be found inside of words."""
_VARIABLE = re.compile(
    r"(.*_)?(KEY|PAT|CREDENTIALS?)|(.*_)?(TOKEN|SECRET|PASSPHRASE)(_.*)?|.*(API_?KEY|PASSW(OR)?D).*",
    re.IGNORECASE,
)
_KEY = re.compile(
    r"(.*[_-])?(api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|secret|password|passwd"
    r"|passphrase|credentials?|(access|auth|api|hf|bearer|session|refresh)[_-]?token)|token",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"(?<=://)([^\s/?#@'\"]*):([^\s/?#@'\"]+)@")
_NAMED = ("model", "loss", "metrics")
"""Groups whose keys are names that users choose, of layers say; so are those of `data`, but for its
source. None of their values is secret."""


_hidden: set[str] = set()
"""What this process was given as secrets; known here only, so that nobody has to hand them on."""


def hide(config: Mapping[str, Any]) -> None:
    """Hold what a config says under keys that are named like secrets for a secret from now on."""
    for key, value in config.items():
        if key == "data" and isinstance(value, Mapping):
            value = {"source": value.get("source")}
        if key not in _NAMED:
            _hidden.update(secret for secret in _stated(value, str(key)) if len(secret) >= SHORTEST)


def redacted(text: str) -> str:
    """Return a text without secrets: those of the environment, of addresses, and hidden ones."""
    for secret in _secrets(os.environ):
        if secret in text:
            text = text.replace(secret, REDACTED)
    return _IN_ADDRESS.sub(rf"\1:{REDACTED}@", text) if "://" in text else text


def without_secrets(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config in which no key that is named like a secret has its value.

    A text that is `REDACTED` cannot be run again: the check asks for the secret itself.
    """
    safe = {
        key: value if key in (*_NAMED, "data") else _without(value, str(key))
        for key, value in config.items()
    }
    if isinstance(data := safe.get("data"), Mapping) and "source" in data:
        safe["data"] = {**data, "source": _without(data["source"], "source")}
    return safe


def redacted_paths(value: Any, path: str = "") -> list[str]:
    """Return the paths of a config's values that were redacted."""
    match value:
        case str() if REDACTED in value:
            return [path]
        case Mapping():
            items: Any = value.items()
        case list() | tuple():
            items = enumerate(value)
        case _:
            return []
    below = ((f"{path}.{key}" if path else str(key), item) for key, item in items)
    return [found for at, item in below for found in redacted_paths(item, at)]


@contextmanager
def guarded_output(argv: Sequence[str]) -> Iterator[None]:
    """Let no secret through standard output and standard error.

    Args:
        argv: the arguments of the command line, which may state secrets.
    """
    for argument in argv:
        key, _, value = argument.partition("=")
        told: Any = value.strip("\"'")
        for part in reversed(key.lstrip("+").split(".")):
            told = {part: told}
        hide(told)
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, _Guarded(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class _Guarded:
    """A stream that redacts what is written to it; all else is the stream's own."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(redacted(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        self.write("".join(lines))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _without(value: Any, key: str) -> Any:
    match value:
        case Mapping():
            return {name: _without(item, str(name)) for name, item in value.items()}
        case list() | tuple():
            return [_without(item, key) for item in value]
        case bool() | None | "":
            return value
        case _ if _KEY.fullmatch(key):
            return REDACTED
        case _:
            return value


def _stated(value: Any, key: str) -> Iterator[str]:
    """Yield the texts under keys that are named like secrets."""
    match value:
        case Mapping():
            for name, item in value.items():
                yield from _stated(item, str(name))
        case list() | tuple():
            for item in value:
                yield from _stated(item, key)
        case str() | int() if _KEY.fullmatch(key):
            yield str(value)


def _secrets(environment: Mapping[str, str]) -> list[str]:
    """Return the secrets that are known, the longest first."""
    found = set(_hidden)
    for name, value in environment.items():
        if _VARIABLE.fullmatch(name) and not os.path.exists(value):  # noqa: PTH110
            found.add(value.strip())
        for said in _IN_ADDRESS.finditer(value) if "://" in value else ():
            found |= {said[2], unquote(said[2])}
    found |= {json.dumps(secret)[1:-1] for secret in found}  # as JSON spells it
    return sorted((s for s in found if len(s) >= SHORTEST), key=len, reverse=True)
