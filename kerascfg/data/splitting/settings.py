"""The keys of `data.split`, and which of them exclude each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kerascfg.errors import Problem

SPLITS = ("train", "validation", "test")
_BY_COLUMN = ("group", "time", "column")


@dataclass(frozen=True)
class SplitSettings:
    """How the rows are divided: shares of one whole, drawn by row unless `by` says otherwise.

    Rows that come divided (by files, by a source with test rows of its own, by a column) stay
    where they are; a split that none of them is in is drawn from the training rows.

    Attributes:
        train: share of the rows to learn from.
        validation: share by which epochs are compared.
        test: share that is held back for the end.
        by: what decides: `row` draws each by itself; `group` keeps rows of one value of `column`
            together; `time` sorts by `column`, the earliest for training; `column` reads train,
            validation or test from `column`; `file` takes the files' or the source's own division.
        column: the column that `group`, `time` and `column` go by; no feature unless `features`
            names it. Windows of a series know their times: for them `time` takes no column.
        stratify: keep the classes' proportions; null does for rows of a target with classes.
        stable: draw by a hash of the row, or of its group: rows added later move no old one.
        fold: number, from 0, of the part that validates in a cross-validation; null for none.
        folds: parts into which a cross-validation divides what the test split leaves.
    """

    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1
    by: Literal["row", "group", "time", "column", "file"] = "row"
    column: str | None = None
    stratify: bool | None = None
    stable: bool = False
    fold: int | None = None
    folds: int = 5


def check_split(split: SplitSettings, path: str) -> list[Problem]:
    """Return what is wrong with the shares, and which keys exclude each other."""
    return [
        *_check_shares(split, path),
        *_check_column(split, path),
        *_check_together(split, path),
        *_check_folds(split, path),
    ]


def _check_shares(split: SplitSettings, path: str) -> list[Problem]:
    shares = {name: getattr(split, name) for name in SPLITS}
    problems = [
        Problem(f"{path}.{name}", f"expected a share between 0 and 1. Received: {share:g}")
        for name, share in shares.items()
        if not 0 <= share <= 1
    ]
    if problems:
        return problems
    if split.train == 0:
        return [Problem(f"{path}.train", "expected a share above 0. Received: 0")]
    total = sum(shares.values())
    if abs(total - 1) < 1e-6:
        return []
    said = " + ".join(f"{name} {share:g}" for name, share in shares.items())
    return [
        Problem(
            path,
            f"expected shares that sum to 1. Received: {said} = {total:g}",
            hint="state all three: a share that is not stated keeps its default",
            fix=_fitting_shares(split, path),
        )
    ]


def _fitting_shares(split: SplitSettings, path: str) -> str | None:
    """Keep the train share and halve what it leaves, which is what most people meant."""
    rest = round((1 - split.train) / 2, 6)
    return f"{path}.validation={rest:g} {path}.test={rest:g}" if split.train < 1 else None


def _check_column(split: SplitSettings, path: str) -> list[Problem]:
    if split.by in ("group", "column") and not split.column:
        what = {
            "group": "whose values are the groups",
            "column": "that says train, validation or test",
        }[split.by]
        return [_no_column(split, what, path)]
    if split.by not in _BY_COLUMN and split.column:
        return [
            Problem(
                f"{path}.column",
                f"expected none, since the split is by {split.by}. Received: {split.column}",
                hint=f"by={', by='.join(_BY_COLUMN)} go by a column",
                fix=f"{path}.by=group",
            )
        ]
    return []


def _no_column(split: SplitSettings, what: str, path: str) -> Problem:
    message = f"expected the name of the column {what}, for by={split.by}. Received: null"
    return Problem(f"{path}.column", message)


def check_spans(split: SplitSettings, spans: bool, path: str) -> list[Problem]:
    """Return what does not fit a source whose samples know their times, or one whose do not.

    Args:
        split: the settings.
        spans: whether the samples reach over spans of time (see `table.Table`).
        path: where `split` stands in the config.
    """
    if not spans:
        lacks = split.by == "time" and not split.column
        return [_no_column(split, "of times to sort by", path)] if lacks else []
    if split.by != "time":
        return [
            Problem(
                f"{path}.by",
                "expected time, since the source yields windows that overlap: divided otherwise, "
                f"what is learned would be tested. Received: {split.by}",
                fix=f"{path}.by=time" + (f" {path}.column=null" if split.column else ""),
            )
        ]
    if split.column:
        return [
            Problem(
                f"{path}.column",
                f"expected none, since windows know their times. Received: {split.column}",
                fix=f"{path}.column=null",
            )
        ]
    return []


def _check_together(split: SplitSettings, path: str) -> list[Problem]:
    """Say which keys exclude each other, once for each pair."""
    problems = []
    if split.stable and split.stratify:
        problems.append(
            Problem(
                f"{path}.stratify",
                "expected false or null beside stable=true, which keeps each row where it is "
                "instead of keeping the proportions. Received: true",
                fix=f"{path}.stratify=null",
            )
        )
    for key, said, why in (
        ("stable", split.stable, "a later row moves the times at which the splits part"),
        ("stratify", split.stratify, "the times decide, whatever the classes"),
        ("fold", split.fold is not None, "a fold between others would be learned from its future"),
    ):
        if split.by == "time" and said:
            none = "null" if key == "fold" else "false"
            problems.append(
                Problem(
                    f"{path}.{key}",
                    f"expected {none} beside by=time: {why}. "
                    f"Received: {split.fold if key == 'fold' else 'true'}",
                    fix=f"{path}.{key}={none}",
                )
            )
    return problems


def _check_folds(split: SplitSettings, path: str) -> list[Problem]:
    if split.fold is None:
        return []
    if split.folds < 2:
        return [Problem(f"{path}.folds", f"expected 2 or more. Received: {split.folds}")]
    if not 0 <= split.fold < split.folds:
        return [
            Problem(
                f"{path}.fold",
                f"expected a number from 0 to {split.folds - 1}, since there are {split.folds} "
                f"folds. Received: {split.fold}",
                hint=f"to train on each: python train.py -m '{path}.fold=range({split.folds})'",
            )
        ]
    return []
