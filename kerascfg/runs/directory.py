"""A run's directory: what it was told, did and delivered, in files that are never half-written."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import yaml

from kerascfg.damages import DAMAGES, config_in
from kerascfg.errors import ConfigError, Problem, RunError
from kerascfg.redacting import redacted
from kerascfg.runs import atomic
from kerascfg.runs.lock import Lock, lock_directory
from kerascfg.runs.stopping import Stop

CONFIG = "config.yaml"
STATUS = "status.json"
METRICS = "metrics.json"

State = Literal["running", "finished", "failed", "stopped"]


@dataclass(frozen=True)
class Run:
    """A run's directory, to write into while it runs and to read from later.

    Attributes:
        directory: where it is.
        lock: held from `create_run` until the run ends; None for a run that was opened.
        before: the state in which a run is that goes on; None for a new one.
        stop: whether a signal asked the run to stop.
    """

    directory: Path
    lock: Lock | None = field(default=None, repr=False, compare=False)
    before: State | None = None
    stop: Stop = field(default_factory=Stop, repr=False, compare=False)

    def path(self, name: str) -> Path:
        """Return the path of a file of this run, such as `plots/history.png`.

        Raises:
            RunError: `name` leads out of the run's directory.
        """
        path = self.directory / name
        if not path.resolve().is_relative_to(self.directory.resolve()):
            raise RunError(f"expected a path inside {self.directory}. Received: {name}")
        return path

    def writing(self, name: str) -> AbstractContextManager[Path]:
        """Give a path to write the file `name` to; it gets its name when the block ends well."""
        return atomic.replacing(self.path(name))

    def write_text(self, name: str, text: str) -> Path:
        """Write a text file, whole or not at all, and without secrets."""
        return atomic.write_text(self.path(name), redacted(text))

    def write_arrays(self, name: str, arrays: Mapping[str, Any]) -> Path:
        """Write NumPy arrays by name as a compressed archive."""
        import numpy as np

        with self.writing(name) as file, file.open("wb") as stream:
            np.savez_compressed(stream, **arrays)
        return self.path(name)

    def write_json(self, name: str, value: object) -> Path:
        """Write JSON that every reader accepts: NumPy values are plain, NaN and infinity null."""
        text = json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False)
        return self.write_text(name, text + "\n")

    def write_yaml(self, name: str, value: object) -> Path:
        """Write YAML that YAML 1.1 and 1.2 readers understand alike, keys in their order."""
        text = yaml.dump(
            value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False
        )
        return self.write_text(name, text)

    def status(self, state: State, message: str = "", exit_status: int | None = None) -> None:
        """Say in `status.json` how the run stands; an end sets `ended` and gives up the lock.

        Args:
            state: `running`, `finished`, `failed` or `stopped`.
            message: why, in words for the run's user.
            exit_status: the exit status of the run's process where it is known; a sweep exits
                with its worst.
        """
        before = read_json(self.path(STATUS)) or {}
        told = {
            "state": state,
            "message": message,
            "started": before.get("started") or _now(),
            "ended": None if state == "running" else _now(),
            "exit_status": exit_status,
        }
        try:
            self.write_json(STATUS, told)
        except atomic.DiskError:
            if state in ("running", "finished"):
                raise  # else the user is told why the run ended, which is more than this
        finally:
            if state != "running" and self.lock is not None:
                self.lock.release()

    def status_json(self) -> dict[str, Any]:
        """Return `status.json`."""
        return self._read(STATUS)

    def metrics(self) -> dict[str, dict[str, float | None]]:
        """Return `metrics.json`: split -> metric -> value, None where it is not finite."""
        return self._read(METRICS)

    def config(self) -> dict[str, Any]:
        """Return the resolved config that the run was started with."""
        file = self.path(CONFIG)
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            raise RunError(f"{self.directory} holds no {CONFIG}{self._why()}") from None
        except OSError as error:
            raise RunError(f"{file} cannot be read: {error.strerror}") from error
        return config_in(content, file)

    def _read(self, name: str) -> dict[str, Any]:
        file = self.path(name)
        if not file.is_file():
            raise RunError(f"{self.directory} holds no {name}{self._why()}")
        read = read_json(file)
        if read is None:
            raise RunError(f"expected a JSON object in {file}, it holds something else")
        return read

    def _why(self) -> str:
        """Say how the run stands, for the message about a file that it lacks."""
        status = read_json(self.directory / STATUS) or {}
        state, message = status.get("state"), status.get("message")
        return "".join(
            [f"; the run is {state}" if state else "", f": {message}" if message else ""]
        )


def create_run(directory: Path, path: str = "hydra.run.dir") -> Run:
    """Make a run's directory, lock it for this process and mark it as running.

    A directory may be there already (Hydra writes its `.hydra/` first in a sweep), a run in it
    may not.

    Args:
        directory: where the run shall be.
        path: the key that said so, for the message.

    Raises:
        ConfigError: it holds a run, another process is about to run there, or it cannot be made.
    """
    lock = _locked(directory, path)
    if (directory / STATUS).exists():
        lock.release()
        message = f"expected a directory that holds no run yet. Received: {path}={directory}"
        hint = "left out, every run gets a directory of its own; that one is as it was"
        raise ConfigError(Problem(path, message, hint=hint))
    run = Run(directory, lock)
    try:
        run.status("running")
    except OSError as error:
        lock.release()
        message = f"expected a directory for the run. Received: {path}={directory}"
        raise ConfigError(Problem(path, f"{message}: {error.strerror}")) from error
    return run


def create_sweep(directory: Path, path: str = "hydra.sweep.dir") -> Lock:
    """Make a sweep's directory and lock it for this process, until the caller releases it.

    What jobs are there already go on, or refuse another config, by themselves.

    Args:
        directory: where the sweep shall be.
        path: the key that said so, for the message.

    Raises:
        ConfigError: another sweep is at work there, or it cannot be made.
    """
    return _locked(directory, path)


def _locked(directory: Path, path: str) -> Lock:
    """Make a directory and lock it."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return lock_directory(directory)
    except (OSError, RunError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        message = f"expected a directory for the run. Received: {path}={directory}: {why}"
        raise ConfigError(Problem(path, message)) from error


def open_run(directory: Path | str, path: str = "run") -> Run:
    """Open the directory of a run that was made before.

    Raises:
        ConfigError: there is no run; the hint names the runs that are below.
    """
    directory = Path(directory)
    if (directory / STATUS).is_file():
        return Run(directory)
    problem = "it holds no run" if directory.is_dir() else "there is no such directory"
    message = f"expected the directory of a run. Received: {path}={directory}: {problem}"
    below = sorted(directory.glob(f"*/{STATUS}"), key=lambda file: file.stat().st_mtime)
    if not below:
        raise ConfigError(Problem(path, message))
    newest = below[-1].parent
    hint = (
        f"{len(below)} {'run lies' if len(below) == 1 else 'runs lie'} below it, newest: {newest}"
    )
    raise ConfigError(Problem(path, message, hint=hint, fix=f"{path}={newest}"))


def default_directory(name: str, kind: Literal["run", "sweep"] = "run") -> Path:
    """Return `runs/<name>/<time>-<process id>`, a path that no other run gets.

    It holds only letters, digits, `.`, `_` and `-`, so that it needs no quotes in any shell or
    override. A sweep's ends with `-sweep`.
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip(".") or "run"
    time = datetime.now().strftime("%Y-%m-%d_%H-%M-%S-%f")
    end = "-sweep" if kind == "sweep" else ""
    return Path("runs") / safe / f"{time}-{os.getpid()}{end}"


def plain(value: object) -> object:
    """Return the value as JSON holds it; paths are text, NumPy values plain, NaN is None."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case Path():
            return value.as_posix()
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    raise TypeError(f"expected a value that JSON can hold. Received: {type(value).__name__}")


def read_json(file: Path) -> dict[str, Any] | None:
    """Return the JSON object in a file, or None where there is none."""
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except DAMAGES:
        return None
    return read if isinstance(read, dict) else None


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


class _Dumper(yaml.SafeDumper):
    """Quotes text such as `1e-4`, which YAML 1.1 takes for text and YAML 1.2 for a number."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    number = re.fullmatch(r"[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?", text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if number else None)


def _represent_tuple(dumper: yaml.SafeDumper, items: tuple) -> yaml.SequenceNode:
    return dumper.represent_list(list(items))


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(tuple, _represent_tuple)
