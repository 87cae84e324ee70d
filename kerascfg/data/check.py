"""Check the group `data` before anything heavy is imported or read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kerascfg.data.columns import check_columns
from kerascfg.data.peek import Peek
from kerascfg.data.settings import DataSettings, read_data_settings
from kerascfg.data.source import peek_source
from kerascfg.data.splitting import check_spans
from kerascfg.data.targets import WITH_CLASSES
from kerascfg.errors import Problem, did_you_mean


def check_data(config: Mapping[str, Any], task: str | None, path: str = "data") -> list[Problem]:
    """Check keys, source, files and the names of columns, all at once.

    Args:
        config: the group `data`.
        task: `classification`, `binary`, `regression`, `multilabel`, or None.
        path: where the group stands in the config.
    """
    return read_and_check(config, task, path)[1]


def known_targets(config: Any, path: str = "data") -> tuple[str, ...]:
    """Return the names of the targets, none where only reading the data would tell."""
    settings = _sourced(config, path)
    if settings is None:
        return ()
    seen = peek_source(settings.source, f"{path}.source")
    return settings.targets or ((seen.target,) if seen.target else ())


def known_classes(config: Any, path: str = "data") -> int | None:
    """Return how many classes the target has, or None where only reading the data would tell."""
    settings = _sourced(config, path)
    if settings is None or settings.classes is not None:
        return settings.classes if settings else None
    seen = peek_source(settings.source, f"{path}.source")
    return seen.classes if settings.targets in ((), (seen.target,)) else None


def known_features(config: Any, path: str = "data") -> tuple[str, ...] | None:
    """Return the names of the features, or None where only reading the data would tell."""
    settings = _sourced(config, path)
    if settings is None:
        return None
    chosen = settings.chosen_features()
    if chosen is not None:
        return tuple(chosen)
    seen = peek_source(settings.source, f"{path}.source")
    if seen.columns is None:
        return None
    aside = {*(settings.target_columns or (seen.target,)), *settings.set_aside}
    return tuple(name for name in seen.columns if name not in aside)


def known_columns(config: Any, path: str = "data") -> tuple[str, ...] | None:
    """Return the names of the source's columns, or None where only reading it would tell."""
    settings = _sourced(config, path)
    return None if settings is None else peek_source(settings.source, f"{path}.source").columns


def known_numbered(config: Any, task: str | None, path: str = "data") -> tuple[str, ...]:
    """Return those of the targets that are known to be numbers of classes."""
    settings = _sourced(config, path)
    if settings is None or isinstance(settings.target, dict):
        return ()
    classes = task in WITH_CLASSES or (task is None and known_classes(config, path) is not None)
    return known_targets(config, path) if classes else ()


def check_bucket(
    config: Any, features: Collection[str], nodes: Collection[str] = (), path: str = "data"
) -> list[Problem]:
    """Return what is wrong with `bucket`: it names one of the features that enter the model.

    Args:
        config: the group `data`.
        features: their names.
        nodes: names of the nodes of `preprocess`, of which one may be copies (`NODE_NAME`).
        path: where the group stands in the config.
    """
    settings = _sourced(config, path)
    if settings is None or settings.bucket is None or settings.bucket in features:
        return []
    if any(f"{settings.bucket}_".startswith(f"{node}_") for node in nodes):
        return []
    meant = did_you_mean(settings.bucket, (*features, *nodes))
    said = f"expected a feature ({', '.join(features)}). Received: {settings.bucket}"
    hint = f"did you mean `{meant}`?" if meant else None
    return [Problem(f"{path}.bucket", said, hint=hint, fix=f"{path}.bucket={meant or 'null'}")]


def _sourced(config: Any, path: str) -> DataSettings | None:
    """Return the settings where they name a source."""
    settings = read_data_settings(config, path)[0] if isinstance(config, Mapping) else None
    return None if settings is None or settings.source is None else settings


def read_and_check(
    config: Mapping[str, Any], task: str | None, path: str
) -> tuple[DataSettings | None, list[Problem]]:
    """Return the settings and all problems; the settings are complete where there are none."""
    settings, problems = read_data_settings(config, path)
    if settings is None or settings.source is None:
        return settings, problems
    seen = peek_source(settings.source, f"{path}.source")
    problems = [
        *problems,
        *seen.problems,
        *_check_labels(settings, task, path),
        *_check_classes(settings, seen, task, path),
    ]
    if seen.columns is not None and f"{path}.target" not in (p.path for p in problems):
        problems += check_columns(settings, seen.columns, seen.target, task, path)
        problems += check_spans(settings.split, seen.spans, f"{path}.split")
    return settings, problems


def _check_classes(
    settings: DataSettings, seen: Peek, task: str | None, path: str
) -> list[Problem]:
    """Check what is said of classes against those that the source is known to have.

    Where rows may be skipped, a class may go with them: then only reading tells.
    """
    own = settings.target is None or settings.target == seen.target
    if seen.classes is None or not own or settings.on_error == "skip":
        return []
    count, problems = seen.classes, []
    is_number = settings.classes is not None and settings.classes >= 2  # any other was told
    if task in (None, *WITH_CLASSES) and is_number and settings.classes != count:
        said = f"expected the number of classes that `{seen.target}` has: {count}. "
        said += f"Received: {settings.classes}"
        problems.append(Problem(f"{path}.classes", said, fix=f"{path}.classes={count}"))
    if task == "binary" and count != 2:
        said = f"expected two classes for task=binary. Received: `{seen.target}` with {count}"
        problems.append(Problem(f"{path}.target", said, fix="task=classification"))
    return problems


def _check_labels(settings: DataSettings, task: str | None, path: str) -> list[Problem]:
    at, separator = f"{path}.label_separator", settings.label_separator
    if separator == "":
        return [Problem(at, "expected a text of one character or more. Received: an empty one")]
    if separator is None or task == "multilabel":
        return []
    message = f"expected null, since only task=multilabel has several labels. Received: {separator}"
    return [Problem(at, message, fix=f"{at}=null")]
