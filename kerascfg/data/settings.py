"""The keys of the config group `data`, as frozen dataclasses that are its schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from kerascfg.data.missing import check_for_numbers
from kerascfg.data.sizes import size_in_bytes
from kerascfg.data.splitting.settings import SplitSettings, check_split
from kerascfg.data.target_graph import graph_columns, graph_outputs
from kerascfg.errors import Problem, did_you_mean
from kerascfg.naming import read_settings


@dataclass(frozen=True)
class FeatureSettings:
    """What a config may say about one feature.

    Attributes:
        dtype: what its values become; null keeps the source's.
        missing: what stands for a missing value (NaN, an empty text): `keep` leaves it; `mean`,
            `median` and `most_frequent` are those of the training split; `zero`, or the value.
        columns: the columns that are joined to it, names or patterns as `pixel_*`; null for the
            one of its own name.
        shape: the shape of a sample whose `columns` are joined; null for all in a row.
    """

    dtype: Literal["float32", "int32", "int64", "uint8", "bool", "string"] | None = None
    missing: Literal["keep", "mean", "median", "most_frequent", "zero"] | float | str = "keep"
    columns: str | list[str] | None = None
    shape: list[int] | None = None

    @property
    def patterns(self) -> tuple[str, ...]:
        """Return the names and patterns of the columns that are joined, none where none are."""
        if self.columns is None:
            return ()
        return (self.columns,) if isinstance(self.columns, str) else tuple(self.columns)


@dataclass(frozen=True)
class DataSettings:
    """The group `data`.

    Attributes:
        source: where the rows come from, a node.
        features: columns that the model sees; null takes every column that is no target, weight
            or column of the split.
        target: the column, or columns, to be predicted, or a graph over columns whose nodes are
            named after the model's outputs; null leaves it to the source.
        weight: the column that says what each sample counts, in training and evaluation.
        split: shares of the rows for training, validation and test.
        batch_size: samples in a batch; `auto` finds the largest power of two with which a training
            step fits into memory.
        cache: keep the prepared samples in memory or on disk, or prepare them anew each epoch.
        cache_limit: what they may take of memory, as in 2GB; null is half of what is free.
        bucket: a feature by whose length an epoch's samples are put together, so that batches need
            little padding; null disregards it.
        augment: a graph over what enters the model, run on training batches only.
        on_error: what a row that cannot be read does: stop the run, or be left out and listed.
        classes: number of classes, to which the data is then held; null counts them.
        label_separator: what stands between the labels of one sample, where the target is a text
            (`comedy|drama`) and the task multilabel.
    """

    source: Any
    features: list[str] | dict[str, Any] | None = None
    target: str | list[str] | dict[str, Any] | None = None
    weight: str | None = None
    split: SplitSettings = field(default_factory=SplitSettings)
    batch_size: int | Literal["auto"] = 32
    cache: Literal["memory", "disk", "none"] = "memory"
    cache_limit: str | None = None
    bucket: str | None = None
    augment: dict[str, Any] | None = None
    on_error: Literal["stop", "skip"] = "stop"
    classes: int | None = None
    label_separator: str | None = None

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the targets that are stated, none where it is left to the source."""
        if isinstance(self.target, dict):
            return graph_outputs(self.target)
        return self.target_columns

    @property
    def target_columns(self) -> tuple[str, ...]:
        """Return the columns of the stated targets, none where it is left to the source."""
        match self.target:
            case None:
                return ()
            case str():
                return (self.target,)
            case dict():
                return graph_columns(self.target)
            case _:
                return tuple(self.target)

    @property
    def set_aside(self) -> tuple[str, ...]:
        """Return the columns that are no feature unless `features` names them."""
        said = (self.weight, self.split.column)
        return (*self.target_columns, *(name for name in said if name))

    def chosen_features(self) -> dict[str, FeatureSettings] | None:
        """Return the features that are stated, or None for every column that is no target."""
        if self.features is None:
            return None
        if isinstance(self.features, list):
            return {name: FeatureSettings() for name in self.features}
        return {
            name: _read_feature(said, "")[0] or FeatureSettings()
            for name, said in self.features.items()
        }


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
        *check_split(settings.split, f"{path}.split"),
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


def _check_numbers(settings: DataSettings, path: str) -> list[Problem]:
    problems = []
    if settings.cache_limit is not None and size_in_bytes(settings.cache_limit) is None:
        said = f"expected a size such as 2GB or 500MB. Received: {settings.cache_limit}"
        problems.append(Problem(f"{path}.cache_limit", said, fix=f"{path}.cache_limit=2GB"))
    if settings.batch_size != "auto" and settings.batch_size < 1:
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
    if settings.target in ([], {}):
        received = f"Received: {settings.target}"
        problems.append(Problem(f"{path}.target", f"expected a column's name. {received}"))
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
    settings, problems = read_settings(FeatureSettings, said, path)
    if settings is None:
        return None, problems
    if settings.dtype not in (None, "string"):
        name = path.rpartition(".")[2]
        problems += check_for_numbers(name, settings.missing, f"{path}.missing")
    if settings.columns == []:
        message = "expected names or patterns of columns. Received: []"
        problems.append(Problem(f"{path}.columns", message))
    if settings.shape is not None and settings.columns is None:
        message = f"expected none without `columns` to join. Received: {settings.shape}"
        problems.append(Problem(f"{path}.shape", message, fix=f"{path}.shape=null"))
    if settings.shape is not None and not all(side > 0 for side in settings.shape):
        message = f"expected whole numbers from 1. Received: {settings.shape}"
        problems.append(Problem(f"{path}.shape", message))
    return settings, problems
