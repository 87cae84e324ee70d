"""What the command line says about serving, read without anything heavy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from kerascfg.errors import COMMAND_LINE, ConfigError, Problem, unknown_key
from kerascfg.exporting.serving import NAMES


@dataclass(frozen=True)
class Settings:
    """What is served, where, and how much at once.

    The names of the three about batching are those of TensorFlow Serving's batching parameters.

    Attributes:
        run: directory of the run.
        target: name of the delivery, or None for the first that can be served.
        name: what clients call the model, or None for what its delivery says.
        host: the address to listen on.
        port: the port of REST; 0 for any that is free.
        grpc_port: the port of gRPC; 0 for any that is free.
        max_batch_size: the most samples in one call of the model.
        batch_timeout_micros: how long a batch that is not full waits for more, in microseconds.
        max_enqueued_batches: full batches that may wait; beyond, requests are turned away.
        max_body_bytes: the most bytes of one request; larger ones are refused.
        grace_seconds: how long requests under way may take once the server is told to stop.
    """

    run: str
    target: str | None = None
    name: str | None = None
    host: str = "127.0.0.1"
    port: int = 8501
    grpc_port: int = 8500
    max_batch_size: int = 32
    batch_timeout_micros: int = 0
    max_enqueued_batches: int = 32
    max_body_bytes: int = 64 * 2**20
    grace_seconds: int = 30


_LEAST_AND_MOST = {
    "port": (0, 65535),
    "grpc_port": (0, 65535),
    "max_batch_size": (1, 65536),
    "batch_timeout_micros": (0, 60_000_000),
    "max_enqueued_batches": (1, 65536),
    "max_body_bytes": (1, 2**31 - 1),
    "grace_seconds": (0, 3600),
}


def read_settings(arguments: Sequence[str]) -> Settings:
    """Read `KEY=VALUE` arguments.

    Raises:
        ConfigError: an unknown key, one said twice, a wrong value, or no run.
    """
    known = [field.name for field in fields(Settings)]
    said: dict[str, Any] = {}
    problems = []
    for argument in arguments:
        key, equals, text = argument.partition("=")
        if not equals:
            message = f"expected KEY=VALUE. Received: {argument}"
            problems.append(Problem(argument, message, hint=f"keys: {', '.join(known)}, --json"))
        elif key not in known:
            value = int(text) if text.isdecimal() else text
            problems.append(unknown_key("", key, known, "an argument of serve", value))
        elif key in said:
            problems.append(Problem(key, f"expected it once. Received: {key} twice"))
        else:
            said[key] = _read(key, text.strip("\"'"), problems)
    if not said.get("run") and not problems:
        problems.append(Problem("run", "expected one run=DIR", fix="run=runs/NAME/TIME"))
    values: dict[str, Any] = {"run": "", **said}
    settings = Settings(**values)
    if not problems and settings.port == settings.grpc_port != 0:
        message = f"expected a port of its own. Received: grpc_port={settings.port}, as port"
        problems.append(Problem("grpc_port", message))
    if problems:
        raise ConfigError([replace(problem, place=COMMAND_LINE) for problem in problems])
    return settings


def _read(key: str, text: str, problems: list[Problem]) -> object:
    """Return a value; what is wrong with it is added to `problems`."""
    if key not in _LEAST_AND_MOST:
        if not text or (key == "name" and not NAMES.fullmatch(text)):
            name = "a name of letters, digits, _ and -, a letter first"
            what = name if key == "name" else "a value"
            problems.append(Problem(key, f"expected {what}. Received: {key}={text}"))
        return text
    least, most = _LEAST_AND_MOST[key]
    if not text.isdecimal() or not least <= int(text) <= most:
        expected = f"expected a whole number from {least} to {most}"
        problems.append(Problem(key, f"{expected}. Received: {key}={text}"))
        return least
    return int(text)
