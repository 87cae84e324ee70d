"""A series in a table, a row for each step in time, cut into windows and what follows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.data.files import check_files, find_files
from kerascfg.data.peek import Peek, failed
from kerascfg.data.series import (
    numeric_columns,
    series_notes,
    sort_series,
    stack_columns,
)
from kerascfg.data.sources.csv import csv
from kerascfg.data.sources.csv import peek as peek_csv
from kerascfg.data.sources.parquet import parquet
from kerascfg.data.sources.parquet import peek as peek_parquet
from kerascfg.data.table import Table, measured_specs
from kerascfg.data.windows import Cut, Windows
from kerascfg.errors import Problem, RunError, did_you_mean, override

if TYPE_CHECKING:
    import numpy as np

_WHAT = "a CSV or Parquet file"
_PARQUET = (".parquet", ".pq")
_FEATURE, _TARGETS = "window", "targets"


def time_series(
    path: str | list[str] | dict[str, Any],
    target: str | list[str],
    columns: list[str] | None = None,
    time: str | None = None,
    window: int = 24,
    horizon: int = 1,
    offset: int = 1,
    stride: int = 1,
    group: str | None = None,
    separator: str = ",",
) -> Table:
    """Yield `window` `(window, columns)`, float32, and as target what comes next.

    The target bears its column's name and has shape `(horizon,)`; several are `targets` of shape
    `(horizon, columns)`. A window is cut when it is read (with `cache: none`), so that memory is
    that of the series. Windows overlap and are therefore divided by `split: {by: time}`, which
    leaves those out that lie across a border. Rows that cannot be read stop the run, since without
    them others would follow each other that do not.

    Args:
        path: a file, a pattern, a list of these, or a mapping of splits to these.
        target: the column, or columns, to forecast.
        columns: the columns that a window shows; null takes all of numbers but `time` and `group`,
            the target's past among them.
        time: the column to sort by (numbers, or times as 2026-01-31T12:00); null keeps the order
            of the rows.
        window: steps in a window.
        horizon: steps that are forecast.
        offset: steps from a window's last step to the first that is forecast; 0 is the window's
            last step itself, for a class of the window.
        stride: steps from one window to the next.
        group: the column that tells series apart; no window lies across two.
        separator: what stands between the cells of a CSV file.

    Raises:
        ConfigError: a row has no time.
        RunError: a file cannot be read, a column holds what it should not, or no series is long
            enough.
    """
    import numpy as np

    cut = Cut(window, horizon, offset, stride)
    table = _read(path, separator)
    order, firsts, times = sort_series(table, time, group)
    lengths = np.diff(firsts, append=len(order))
    starts = cut.starts(firsts, lengths)
    if not len(starts):
        raise RunError(
            f"time_series: expected a series of {cut.reach} steps or more (the window and what is "
            f"forecast). Received: {lengths.max()} in the longest of {len(lengths)}"
        )
    names = [target] if isinstance(target, str) else target
    shown = columns or numeric_columns(table, {time, group, *(names if offset < 1 else ())})
    if not shown:
        raise RunError("time_series: expected columns of numbers. Received: none besides the time")
    told = names[0] if len(names) == 1 else _TARGETS
    steps = (
        table.columns[names[0]][order] if len(names) == 1 else stack_columns(table, names, order)
    )
    made = {
        _FEATURE: Windows(stack_columns(table, shown, order), starts, window),
        told: Windows(steps, starts + cut.to_target, horizon),
    }
    return Table(
        made,
        measured_specs(made),
        table.fingerprint,
        target=told,
        splits=None if table.splits is None else table.splits[order][starts],
        notes=(*table.notes, *series_notes(table, shown, cut.reach, times, firsts)),
        place=_place(table, order, starts, cut),
        spans=np.stack([times[starts], times[starts + cut.reach - 1]], axis=1),
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Read the header, and check the names and numbers against it."""
    files, problems = check_files(arguments, path, _WHAT, (".csv", ".tsv", *_PARQUET))
    if problems:
        return Peek(problems=tuple(problems))
    if _is_parquet(files.paths[0]):
        seen = peek_parquet({"path": arguments["path"]}, path)
    else:
        seen = peek_csv({k: arguments[k] for k in ("path", "separator") if k in arguments}, path)
    problems = [*seen.problems, *_check_numbers(arguments, path)]
    if seen.columns is not None:
        problems += _check_names(arguments, seen.columns, path)
    if problems:
        return Peek(problems=tuple(problems))
    said = arguments["target"]
    names = [said] if isinstance(said, str) else said
    told = names[0] if len(names) == 1 else _TARGETS
    if told == _FEATURE:
        message = f"expected a column of another name, which windows have. Received: {told}"
        return failed(Problem(f"{path}.target", message, hint="rename the column in the file"))
    return Peek((_FEATURE, told), told, spans=True)


def _is_parquet(file: Path) -> bool:
    return file.suffix.lower() in _PARQUET


def _read(path: str | list[str] | dict[str, Any], separator: str) -> Table:
    files = find_files(path, _WHAT)
    return parquet(path) if _is_parquet(files.paths[0]) else csv(path, separator)


def _place(table: Table, order: np.ndarray, starts: np.ndarray, cut: Cut) -> Callable[[int], str]:
    name = table.name_row

    def place(row: int) -> str:
        first, last = (int(order[starts[row] + step]) for step in (0, cut.reach - 1))
        return f"{name(first)}, to {name(last)}"

    return place


def _check_numbers(arguments: Mapping[str, Any], path: str) -> list[Problem]:
    problems = []
    for name, least in (("window", 1), ("horizon", 1), ("stride", 1), ("offset", 0)):
        value = arguments.get(name, least)
        if isinstance(value, int) and value < least:
            message = f"expected {least} or more. Received: {value}"
            at = f"{path}.{name}"
            problems.append(Problem(at, message, fix=override(at, least)))
    return problems


def _check_names(arguments: Mapping[str, Any], known: tuple[str, ...], path: str) -> list[Problem]:
    problems = []
    for key in ("time", "group", "target", "columns"):
        said = arguments.get(key)
        names = [said] if isinstance(said, str) else said or []
        if said == []:
            problems.append(Problem(f"{path}.{key}", "expected a column's name. Received: []"))
        for name in names:
            if name not in known:
                meant = did_you_mean(name, known)
                right = [meant if each == name else each for each in names]
                problems.append(
                    Problem(
                        f"{path}.{key}",
                        f"expected a column of the files ({', '.join(known)}). Received: {name}",
                        hint=f"did you mean `{meant}`?" if meant else None,
                        fix=override(f"{path}.{key}", meant if isinstance(said, str) else right)
                        if meant
                        else None,
                    )
                )
    targets = arguments.get("target")
    targets = [targets] if isinstance(targets, str) else targets or []
    both = [name for name in arguments.get("columns") or [] if name in targets]
    if both and arguments.get("offset", 1) < 1:
        problems.append(
            Problem(
                f"{path}.columns",
                "expected columns that are no target, since offset=0 makes a window's last step "
                f"the target. Received: {', '.join(both)}",
                hint="a model that sees its target learns nothing else",
                fix=override(f"{path}.offset", 1),
            )
        )
    return problems
