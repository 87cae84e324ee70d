"""Go on with a run that has not finished: the same run, or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kerascfg.errors import ConfigError, Problem, RunError
from kerascfg.redacting import without_secrets
from kerascfg.runs.directory import CONFIG, STATUS, Run, create_run, open_run, plain, read_json
from kerascfg.runs.lock import lock_directory

HARMLESS = (
    *("train.epochs", "train.resume", "tracker", "export", "gate", "checkpoint"),
    *("rank_by", "language"),
)
"""Keys that a run may go on with other values of: they do not change what is computed."""
_NOT_GIVEN: Any = object()


def holds_run(directory: Path) -> bool:
    """Tell whether a run was begun in a directory."""
    return (directory / STATUS).is_file()


def begin_run(directory: Path, config: Mapping[str, Any]) -> Run | None:
    """Make a run's directory and lock it, or go on with the run that is there (`train.resume`).

    Returns:
        The run; None where it has finished by this very config.

    Raises:
        ConfigError: the directory is in use, or holds a run of another config.
    """
    resume = (config.get("train") or {}).get("resume", "auto")
    if resume == "never" or not holds_run(directory):
        return create_run(directory)
    return continue_run(directory, config)


def continue_run(
    directory: Path, config: Mapping[str, Any], path: str = "hydra.run.dir"
) -> Run | None:
    """Lock a run's directory to go on with it, by a config that computes the same.

    Args:
        directory: the run's.
        config: the config to go on with.
        path: the key that named the directory, for the message.

    Returns:
        The run, whose `before` is the state in which it was: `running` where it was killed. None
        where it has finished by this very config, so that nothing is left to do.

    Raises:
        ConfigError: what differs in the config changes what is computed, another process runs
            there, or there is no run.
    """
    run, config = open_run(directory, path), without_secrets(config)
    try:
        lock = lock_directory(directory)
    except (OSError, RunError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        message = f"expected a run to go on with. Received: {path}={directory}: {why}"
        raise ConfigError(Problem(path, message)) from error
    try:
        own = _config_of(run, path)
        changes = list(differences(config if own is None else own, config))
        if problems := refusals(changes, config):
            raise ConfigError(problems)
        before = (read_json(run.path(STATUS)) or {}).get("state", "running")
        if before == "finished" and own is not None and not changes:
            lock.release()
            return None
        run = replace(run, lock=lock, before=before)
        run.status("running")
    except BaseException:
        lock.release()
        raise
    return run


def refusals(changes: Iterable[tuple[str, Any, Any]], config: Mapping[str, Any]) -> list[Problem]:
    """Return those of the differences between two configs that a run's results depend on."""
    return [
        Problem(
            path,
            f"expected {_spell(old)}, as the run in this directory was started with. "
            f"Received: {_spell(new)}",
            hint="another directory starts another run; a run goes on with another "
            f"{', '.join(HARMLESS[:-2])}",
        )
        for path, old, new in changes
        if not _is_harmless(path, config)
    ]


def differences(before: Any, now: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield path, old and new value of what differs between two configs."""
    if before is _NOT_GIVEN and isinstance(now, Mapping) and now:
        before = {}
    if now is _NOT_GIVEN and isinstance(before, Mapping) and before:
        now = {}
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*before, *now]):
            below = f"{path}.{key}" if path else str(key)
            old, new = before.get(key, _NOT_GIVEN), now.get(key, _NOT_GIVEN)
            yield from differences(old, new, below)
    elif _plain(before) != _plain(now):
        yield path, before, now


def essence(config: Mapping[str, Any]) -> str:
    """Return a digest over all of a config that its results depend on."""
    told = [
        (path, plain(value))
        for path, value, _ in differences(config, {})
        if not _is_harmless(path, config)
    ]
    return hashlib.sha256(json.dumps(sorted(told)).encode()).hexdigest()


def _config_of(run: Run, path: str) -> dict[str, Any] | None:
    """Return a run's config; None where it was killed before it said anything.

    Raises:
        ConfigError: the config is damaged.
    """
    if not run.path(CONFIG).exists():
        return None
    try:
        return run.config()
    except RunError as error:
        raise ConfigError(Problem(path, str(error))) from error


def _is_harmless(path: str, config: Mapping[str, Any]) -> bool:
    """Tell whether a key changes nothing of what is computed.

    The epochs do, where a schedule or a layer is made of them.
    """
    if path == "train.epochs" and "$train." in str(config):
        return False
    return any(path == key or path.startswith(f"{key}.") for key in HARMLESS)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _spell(value: Any) -> str:
    return "nothing" if value is _NOT_GIVEN else repr(value)
