"""The public functions of the package, for notebooks and scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, Problem

if TYPE_CHECKING:
    import keras

    from kerascfg.exporting import Delivery
    from kerascfg.runs import Run


def load(config: str | Path | Sequence[str] = ()) -> dict[str, Any]:
    """Compose a config.

    Args:
        config: overrides as on a command line (`["optimizer=sgd"]`), or the path of a resolved
            config, such as a run's `config.yaml`.

    Returns:
        Plain containers, interpolations resolved.

    Raises:
        ConfigError: the file or an override is wrong.
    """
    if isinstance(config, str | Path):
        return _read(Path(config))
    from kerascfg.config.entry import compose_one

    composed, problems = compose_one(list(config))
    if problems or composed is None:
        raise ConfigError(problems)
    return composed


def check(config: Mapping[str, Any]) -> list[Problem]:
    """Return everything that is wrong with a config; neither Keras nor TensorFlow is imported."""
    from kerascfg.checking import check
    from kerascfg.data import with_table

    try:
        return check(with_table(config))
    except ConfigError as error:
        return list(error.problems)


def build_model(config: Mapping[str, Any] | str | Path) -> keras.Model:
    """Build the model of a config, with new weights: what learns, without what stands before it.

    Where the config has `preprocess`, its inputs are what that gives; a run's `model.keras` takes
    the data's features themselves.

    The data set is read where the model depends on it: for inputs or facts that are not stated,
    and for layers that are adapted to it.

    Args:
        config: a config, or a model by itself as in `examples/models`, with `layers` at its top;
            or the path of one.

    Raises:
        ConfigError: the config is wrong.
        RunError: the data cannot be read.
    """
    loaded = load(config) if isinstance(config, str | Path) else config
    if "layers" in loaded:
        return _build_alone(loaded)
    from kerascfg.assembly import build_core

    return build_core(_checked(loaded)).model


def train(config: Mapping[str, Any] | str | Path, directory: Path | None = None) -> Run:
    """Train, evaluate and export what a config describes.

    Args:
        config: a config, or the path of one. Its `data.source` may be the data itself: a
            `kerascfg.data.Table`, a dict of arrays, a pandas DataFrame or a pair (x, y); the run's
            `config.yaml` then describes it only.
        directory: the run directory; `runs/<name>/<time>` by default. A run that is there and has
            not finished goes on (`train.resume`).

    Returns:
        The finished run.

    Raises:
        ConfigError: the config is wrong; nothing was started.
        RunError: the run failed.
        GateError: a delivery disagrees with the model.
    """
    from kerascfg.data import without_table
    from kerascfg.own_process import train_here_or_apart
    from kerascfg.runs import begin_run, default_directory, ending
    from kerascfg.screen import open_console

    checked = _checked(config)
    place = directory or default_directory(str(checked.get("name") or "run"))
    run = begin_run(place, without_table(checked))
    if run is None:
        return open_run(place)
    with ending(run):
        train_here_or_apart(checked, run, open_console())
    return run


def export(run: Run | str | Path, targets: Mapping[str, Any] | Sequence[str]) -> list[Delivery]:
    """Deliver from a finished run.

    Args:
        run: a run, or its directory.
        targets: names (`["litert"]`), or name -> node as in the group `export`.

    Returns:
        A delivery for each target, whatever became of it.

    Raises:
        ConfigError: a target is unknown, or there is no such run.
    """
    from kerascfg.exporting import export_run

    found = open_run(run) if isinstance(run, str | Path) else run
    if not isinstance(targets, Mapping):
        targets = {name: {"type": name} for name in targets}
    return export_run(found.directory, targets)


def open_run(path: str | Path) -> Run:
    """Open the directory of a run.

    Raises:
        ConfigError: there is no run.
    """
    from kerascfg import runs

    return runs.open_run(path)


def _build_alone(model: Mapping[str, Any]) -> keras.Model:
    """Build a model that no data set belongs to: it states its inputs."""
    from kerascfg.model import build_model, check_model
    from kerascfg.quiet import start_tensorflow

    if problems := check_model(model):
        raise ConfigError(problems)
    start_tensorflow()
    return build_model(model, {})


def _checked(config: Mapping[str, Any] | str | Path) -> dict[str, Any]:
    from kerascfg.checking import check
    from kerascfg.data import with_table

    loaded = with_table(load(config) if isinstance(config, str | Path) else config)
    if problems := check(loaded):
        raise ConfigError(problems)
    return loaded


def _read(file: Path) -> dict[str, Any]:
    import yaml

    try:
        loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            Problem("config", f"expected a YAML file. Received: {file} ({error.strerror})")
        ) from error
    except yaml.YAMLError as error:
        raise ConfigError(Problem("config", f"expected YAML. {error}", place=str(file))) from error
    if not isinstance(loaded, dict):
        raise ConfigError(Problem("config", f"expected a mapping. Received: {file}"))
    return loaded


__all__ = ["build_model", "check", "export", "load", "open_run", "train"]
