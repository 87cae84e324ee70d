"""Which columns are features and which are targets: the same rules for a check and for a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kerascfg.data.joining import check_joined, is_pattern
from kerascfg.data.settings import DataSettings
from kerascfg.errors import Problem, did_you_mean, override


def check_columns(
    settings: DataSettings,
    columns: Sequence[str],
    target: str | None,
    task: str | None,
    path: str,
) -> list[Problem]:
    """Check the names of features, targets, weight and split against the columns there are.

    Args:
        settings: the group `data`.
        columns: the source's columns.
        target: the source's own target, or None.
        task: the task; without one a target may be a feature too (an autoencoder's).
        path: where the group stands in the config.
    """
    targets = settings.target_columns or ((target,) if target else ())
    return [
        *_check_names(settings, columns, path),
        *_check_joined(settings, columns, targets, path),
        *_check_target(settings, columns, targets, path),
        *_check_leaks(settings, targets, task, path),
    ]


def _check_names(settings: DataSettings, columns: Sequence[str], path: str) -> list[Problem]:
    chosen = settings.chosen_features() or {}
    named = [
        *(("target", settings.target, name) for name in settings.target_columns),
        *(("features", settings.features, n) for n, said in chosen.items() if not said.patterns),
        ("weight", settings.weight, settings.weight),
        ("split.column", settings.split.column, settings.split.column),
        *(
            (f"features.{feature}.columns", said.columns, name)
            for feature, said in chosen.items()
            for name in said.patterns
            if not is_pattern(name)
        ),
    ]
    return [
        _unknown(name, given, columns, f"{path}.{key}")
        for key, given, name in named
        if name is not None and name not in columns
    ]


def _check_joined(
    settings: DataSettings, columns: Sequence[str], targets: Sequence[str], path: str
) -> list[Problem]:
    aside = {*targets, *settings.set_aside}
    problems = []
    for name, said in (settings.chosen_features() or {}).items():
        known = all(is_pattern(each) or each in columns for each in said.patterns)
        if said.patterns and known:
            at = f"{path}.features.{name}"
            problems += check_joined(said.patterns, said.shape, columns, aside, at)
    return problems


def _check_target(
    settings: DataSettings, columns: Sequence[str], targets: Sequence[str], path: str
) -> list[Problem]:
    problems = []
    if not targets and settings.target is None:
        problems.append(
            Problem(
                f"{path}.target",
                f"expected the column to learn, one of {_list(columns)}. Received: null",
                fix=override(f"{path}.target", columns[-1]) if columns else None,
            )
        )
    none_left = not set(columns) - {*targets, *settings.set_aside}
    if settings.features is None and targets and none_left:
        message = "expected columns besides the target, for features. "
        problems.append(Problem(f"{path}.target", f"{message}Received: {_list(columns)}"))
    return problems


def _check_leaks(
    settings: DataSettings, targets: Sequence[str], task: str | None, path: str
) -> list[Problem]:
    """Say where a model with a task would see its target."""
    if task is None:
        return []
    chosen = settings.chosen_features() or {}
    named = [*chosen, *(name for said in chosen.values() for name in said.patterns)]
    problems = []
    if leaked := [name for name in named if name in targets]:
        problems.append(
            Problem(
                f"{path}.features",
                f"expected columns that are no target. Received: {', '.join(leaked)}",
                hint="a model that sees its target learns nothing else",
            )
        )
    if settings.weight in targets:
        problems.append(
            Problem(
                f"{path}.weight",
                f"expected a column that is no target. Received: {settings.weight}",
                fix=f"{path}.weight=null",
            )
        )
    return problems


def _unknown(name: str, given: object, columns: Sequence[str], path: str) -> Problem:
    """Return the problem of a name that is no column, with the whole value put right if possible.

    Args:
        name: the name that is no column.
        given: the value of `target` or `features` in which it stands.
        columns: the source's columns.
        path: the key's path.
    """
    meant = did_you_mean(name, columns)
    message = f"expected a column of the source ({_list(columns)}). Received: {name}"
    if meant is None:
        return Problem(path, message)
    match given:
        case Mapping():
            fix = None  # an override can add the right key, but not take away the wrong one
        case list():
            fix = override(path, [meant if each == name else each for each in given])
        case _:
            fix = override(path, meant)
    return Problem(path, message, hint=f"did you mean `{meant}`?", fix=fix)


def _list(columns: Sequence[str]) -> str:
    return ", ".join(columns[:20]) + (", ..." if len(columns) > 20 else "")
