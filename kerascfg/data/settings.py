"""The keys of the config group `data`, as frozen dataclasses that are its schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from kerascfg.errors import Problem, did_you_mean
from kerascfg.naming import read_settings

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class SplitSettings:
    """How the rows are divided: shares of one whole, drawn by row.

    A source that brings its own test rows keeps them; the other shares then divide the rest.

    Attributes:
        train: share of the rows to learn from.
        validation: share by which epochs are compared.
        test: share that is held back for the end.
        by: what is kept together.
        stratify: keep the classes' proportions; null does wherever the target has classes.
    """

    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1
    by: Literal["row"] = "row"
    stratify: bool | None = None


@dataclass(frozen=True)
class FeatureSettings:
    """What a config may say about one feature.

    Attributes:
        dtype: what its values become; null keeps the source's.
    """

    dtype: Literal["float32", "int32", "int64", "uint8", "bool", "string"] | None = None


@dataclass(frozen=True)
class DataSettings:
    """The group `data`.

    Attributes:
        source: where the rows come from, a node.
        features: columns that the model sees; null takes every column that is no target.
        target: the column, or columns, to be predicted; null leaves it to the source.
        weight: the column that says what each sample counts, in training and evaluation.
        split: shares of the rows for training, validation and test.
        batch_size: samples in a batch.
        cache: keep the prepared samples in memory, or prepare them anew in each epoch.
        on_error: what a row that cannot be read does: stop the run, or be left out and listed.
        classes: number of classes, to which the data is then held; null counts them.
    """

    source: Any
    features: list[str] | dict[str, Any] | None = None
    target: str | list[str] | None = None
    weight: str | None = None
    split: SplitSettings = field(default_factory=SplitSettings)
    batch_size: int = 32
    cache: Literal["memory", "none"] = "memory"
    on_error: Literal["stop", "skip"] = "stop"
    classes: int | None = None

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the targets that are stated, none where it is left to the source."""
        if self.target is None:
            return ()
        return (self.target,) if isinstance(self.target, str) else tuple(self.target)

    def chosen_features(self) -> dict[str, FeatureSettings] | None:
        """Return the features that are stated, or None for every column that is no target."""
        if self.features is None:
            return None
        if isinstance(self.features, list):
            return {name: FeatureSettings() for name in self.features}
        return {name: _read_feature(said, "")[0] for name, said in self.features.items()}  # type: ignore[misc]


def read_data_settings(
    config: Mapping[str, Any], path: str
) -> tuple[DataSettings | None, list[Problem]]:
    """Read the group `data` and check what its keys say about each other.

    Returns:
        The settings and all problems. With problems, the settings are what could be read of them,
        for further checks only; None where that is not enough.
    """
    settings, problems = read_settings(DataSettings, config, path)
    if settings is None:
        settings = _readable(config, problems, path)
    if settings is None:
        return None, problems
    if config.get("source", ...) is None:
        problems = [*problems, Problem(f"{path}.source", "required, but not given")]
    return settings, [
        *problems,
        *_check_split(settings.split, f"{path}.split"),
        *_check_numbers(settings, path),
        *_check_names(settings, path),
    ]


def _readable(config: Any, problems: list[Problem], path: str) -> DataSettings | None:
    """Read a faulty group once more: misspelled keys as they were meant, without wrong values."""
    if not isinstance(config, Mapping):
        return None
    wrong = {problem.path.removeprefix(f"{path}.").split(".")[0] for problem in problems}
    known = {field.name for field in fields(DataSettings)}
    meant = {
        did_you_mean(str(key), known): value for key, value in config.items() if key not in known
    }
    right = {key: value for key, value in config.items() if key in known - wrong}
    return read_settings(
        DataSettings, {**{k: v for k, v in meant.items() if k}, "source": None, **right}, path
    )[0]


def _check_split(split: SplitSettings, path: str) -> list[Problem]:
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


def _check_numbers(settings: DataSettings, path: str) -> list[Problem]:
    problems = []
    if settings.batch_size < 1:
        problems.append(
            Problem(f"{path}.batch_size", f"expected 1 or more. Received: {settings.batch_size}")
        )
    if settings.classes is not None and settings.classes < 2:
        problems.append(
            Problem(f"{path}.classes", f"expected 2 or more. Received: {settings.classes}")
        )
    if settings.classes is not None and len(settings.targets) > 1:
        problems.append(
            Problem(
                f"{path}.classes",
                f"expected none, since there are several targets. Received: {settings.classes}",
                fix=f"{path}.classes=null",
            )
        )
    return problems


def _check_names(settings: DataSettings, path: str) -> list[Problem]:
    problems = []
    for key, names in (("target", settings.targets), ("features", settings.features or ())):
        repeated = sorted({name for name in names if list(names).count(name) > 1})
        if repeated:
            problems.append(
                Problem(f"{path}.{key}", f"expected each name once. Received twice: {repeated}")
            )
    if settings.target == []:
        problems.append(Problem(f"{path}.target", "expected a column's name. Received: []"))
    if settings.features is not None and not settings.features:
        problems.append(
            Problem(
                f"{path}.features",
                f"expected at least one column. Received: {settings.features}",
                hint="leave it out (null) to take every column that is no target",
            )
        )
    if isinstance(settings.features, dict):
        for name, said in settings.features.items():
            problems += _read_feature(said, f"{path}.features.{name}")[1]
    return problems


def _read_feature(said: Any, path: str) -> tuple[FeatureSettings | None, list[Problem]]:
    return read_settings(FeatureSettings, said, path)
