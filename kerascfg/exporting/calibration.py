"""Samples of the training split that a quantised artefact is calibrated and tuned on.

Training writes `calibration.npz` beside `samples.npz`: what an artefact is judged on must not have
tuned it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.classes import class_places
from kerascfg.errors import ConfigError, Problem
from kerascfg.exporting.samples import fed, read_samples
from kerascfg.exporting.target import Refused
from kerascfg.naming import read_settings

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.servable import Servable

CALIBRATION = "calibration.npz"
FILLERS = ("FillMissing",)
"""Layers that look for NaN. No whole number stands for it, so that the numbers of an artefact with
calibrated ranges start behind them."""
Choice = Literal["random", "first", "balanced"]


@dataclass(frozen=True)
class CalibrationSettings:
    """The `calibration` of a target's node.

    Attributes:
        samples: how many samples of the training split, of at most 512 that a run keeps.
        choice: "random" (always the same ones), "first" (in the order of the split), or "balanced"
            (as many of each class, as far as there are so many).
    """

    samples: int = 100
    choice: Choice = "random"


@dataclass(frozen=True)
class Calibration:
    """Samples of the training split, as an artefact is fed them.

    Attributes:
        rows: input of the artefact -> array, one row a sample.
        truth: target -> what is right, likewise.
    """

    rows: Mapping[str, np.ndarray]
    truth: Mapping[str, np.ndarray]

    @property
    def count(self) -> int:
        """Return the number of samples."""
        return min(len(array) for array in self.rows.values())

    def chosen(self, settings: CalibrationSettings) -> Calibration:
        """Return as many samples as are asked for and kept, in the order of the training split.

        Raises:
            Refused: "balanced", and there is no one target with classes; or a sample holds NaN or
                infinity, which no range has a place for.
        """
        import numpy as np

        order = np.arange(self.count)
        if settings.choice != "first":
            order = np.random.default_rng(0).permutation(self.count)
        if settings.choice == "balanced":
            order = order[_by_turns(self._classes()[order])]
        taken = np.sort(order[: settings.samples])
        rows = {name: array[taken] for name, array in self.rows.items()}
        for name, array in rows.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise Refused(
                    f"it is calibrated with samples, and `{name}` is NaN or infinite in some, "
                    "which no whole number stands for; fill such gaps before "
                    "(data.features.NAME.missing, or FillMissing in model.preprocess), or choose a "
                    "quantize that takes no calibration"
                )
        return Calibration(
            rows,
            {name: array[taken] for name, array in self.truth.items()},
        )

    def _classes(self) -> np.ndarray:
        truth = next(iter(self.truth.values())) if len(self.truth) == 1 else None
        places = None if truth is None else class_places(truth)
        if places is None:
            raise Refused(
                "calibration.choice: balanced takes one target with classes, and there is none; "
                "say `random` or `first`"
            )
        return places


def _by_turns(classes: np.ndarray) -> np.ndarray:
    """Return the order that takes one sample of each class, then another of each, and so on."""
    import numpy as np

    turns = np.empty(len(classes), dtype=np.int64)
    for name in np.unique(classes):
        places = np.flatnonzero(classes == name)
        turns[places] = np.arange(len(places))
    return np.argsort(turns, kind="stable")


def calibration_of(
    run_directory: Path,
    model: Servable,
    before: Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]] | None,
) -> Calibration:
    """Read what an artefact is calibrated with.

    Args:
        run_directory: the finished run.
        model: the whole model of the run.
        before: makes of raw features what the artefact is fed; None where it takes them.

    Raises:
        Refused: the run was trained by a version that did not keep such samples.
        RunError: the file is damaged, or belongs to another model.
    """
    if not (run_directory / CALIBRATION).exists():
        raise Refused(
            f"it is calibrated with samples of the training split, and this run has no "
            f"{CALIBRATION}, which trainings of this version write; train again, or choose a "
            "quantize that takes no calibration"
        )
    samples = read_samples(run_directory, CALIBRATION)
    rows = fed(model.inputs, samples.features)
    if before is not None:
        names = {port.name: port.model_name or port.name for port in model.inputs}
        rows = before({names[name]: array for name, array in rows.items()})
    return Calibration(rows, samples.truth)


def read_calibration(said: Any, path: str) -> tuple[CalibrationSettings | None, list[Problem]]:
    """Read the `calibration` of a target's node.

    Args:
        said: `{samples: 100, choice: random}` or a part of it; None for these defaults.
        path: where it stands in the config.

    Returns:
        The settings and no problems, or None and all problems.
    """
    settings, problems = read_settings(CalibrationSettings, said, path)
    if settings is not None and settings.samples < 1:
        expected = "expected a whole number of samples, 1 or more"
        return None, [Problem(f"{path}.samples", f"{expected}. Received: {settings.samples}")]
    return settings, problems


def calibration_settings(said: Mapping[str, Any] | None) -> CalibrationSettings:
    """Return the settings of a target's `calibration`, for the target itself.

    Raises:
        ConfigError: an unknown key, or a value of the wrong kind.
    """
    settings, problems = read_calibration(said, "calibration")
    if settings is None:
        raise ConfigError(problems)
    return settings
