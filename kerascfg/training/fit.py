"""Train a model on a data set: stage by stage, the best weights kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.naming import build_node, check_node, kind_of, split_node
from kerascfg.training.batches import Batches, batches_of
from kerascfg.training.checkpoints import Keeper, Position, make_variables
from kerascfg.training.feeding import output_names
from kerascfg.training.fitting import check_outputs
from kerascfg.training.freeze import set_trainable
from kerascfg.training.objectives import objectives_of
from kerascfg.training.pacing import at_pace, runs_own_loop
from kerascfg.training.rates import scale_schedule
from kerascfg.training.settings import Stage

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Fitted:
    """What training gave besides the model.

    Attributes:
        history: logged name -> a value for each epoch.
        seconds: how long training took.
        best_epoch: the epoch (from 1) whose weights the model has, or None for the last one's.
    """

    history: dict[str, list[float]]
    seconds: float
    best_epoch: int | None = None


def check_callbacks(callbacks: Any, tracker: Any, rate: Any = None) -> list[Problem]:
    """Return what is wrong with the groups `callbacks` and `tracker`.

    Args:
        callbacks: name -> node.
        tracker: name -> node.
        rate: the optimizer's learning rate: a schedule leaves nothing for a callback to set.
    """
    problems = []
    for group, nodes, given in (
        ("callbacks", callbacks, frozenset()),
        ("tracker", tracker, frozenset({"directory"})),
    ):
        if nodes is not None and not isinstance(nodes, Mapping):
            message = f"expected a mapping `name: node`. Received: {nodes!r}"
            problems.append(Problem(group, message))
            continue
        for name, node in (nodes or {}).items():
            if node is not None:
                area = group.removesuffix("s")
                problems += check_node(node, area, f"{group}.{name}", given=given)
                path = f"{group}.{name}"
                problems += _check_backup(node, path) or _check_paths(node, path)
                problems += _check_rate(node, rate, path)
    return problems


def fit(
    model: Any,
    data: Any,
    config: Mapping[str, Any],
    stages: tuple[Stage, ...],
    facts: Mapping[str, Any],
    strategy: Any,
    directory: Path,
    console: Console,
    keeper: Keeper,
) -> Fitted:
    """Train the model in place.

    Args:
        model: the built model.
        data: the data set.
        config: the whole config, for `loss`, `metrics`, `callbacks`, `tracker`.
        stages: from `plan_stages`.
        facts: values that expressions may use; `train` is set for each stage.
        strategy: where to train.
        directory: the run directory.
        console: where to show progress.
        keeper: saves the training's state, and says where it goes on.

    Raises:
        ConfigError: a node cannot be made, targets do not fit the outputs, a glob matches nothing.
        RunError: the loss is not finite, or a checkpoint cannot be written.
        StoppedError: a signal asked to stop; the state is saved.
    """
    if problems := check_outputs(model, data, config["loss"]):
        raise ConfigError(problems)
    device = strategy.devices[0] if runs_own_loop(strategy) else None
    batches = batches_of(model, data, config, strategy.replicas, device)
    return fit_stages(model, batches, config, stages, facts, strategy, directory, console, keeper)


def fit_stages(
    model: Any,
    batches: Batches,
    config: Mapping[str, Any],
    stages: tuple[Stage, ...],
    facts: Mapping[str, Any],
    strategy: Any,
    directory: Path,
    console: Console,
    keeper: Keeper,
) -> Fitted:
    """Train the model in place on batches, wherever they come from; see `fit`."""
    from kerascfg.training.callbacks import Profile
    from kerascfg.training.checkpoints.exact_callbacks import ExactCallbacks
    from kerascfg.training.progress import TrainingProgress

    callbacks = _callbacks(config, facts, directory)
    watching = list(callbacks.values())
    profile = next((c for c in watching if isinstance(c, Profile)), None)
    best = next((c for c in watching if hasattr(c, "restore") and hasattr(c, "best_epoch")), None)
    validation: dict[str, Any] = {}
    if batches.validation:
        data, count = batches.validation
        validation = {"validation_data": data, "validation_steps": count}
    steps, total = batches.steps, sum(stage.epochs for stage in stages)

    def fit_stage(begin: Position) -> None:
        stage, end = stages[begin.stage], sum(s.epochs for s in stages[: begin.stage + 1])
        if stage.name:
            globs = ", ".join(stage.trainable) if stage.trainable is not None else "everything"
            console.print(f"stage [bold]{stage.name}[/bold]: {globs} learns", highlight=False)
        compile_stage(model, stage, config, facts, strategy, steps, keeper.training.rate)
        if keeper.needs_variables:
            make_variables(model, batches, begin.epoch, strategy.scope)
        progress = TrainingProgress(console, total, steps, batches.batch_size, begin.epoch)
        if profile and begin == Position():
            profile.watch([*watching, progress])
        keeper.before_fit(callbacks)
        pace = at_pace(
            *(model, batches, stage, strategy, config, directory, console),
            *(begin.epoch, begin.step, watching),
        )
        try:
            with pace:
                model.fit(
                    batches.training(begin.epoch, begin.step),
                    epochs=begin.epoch if begin.stopped else end,
                    initial_epoch=begin.epoch,
                    steps_per_epoch=steps,
                    callbacks=ExactCallbacks(
                        model, callbacks, [progress], keeper, begin, end, steps
                    ),
                    verbose=0,
                    shuffle=False,  # the batches come in their order
                    **validation,
                )
        finally:
            progress.close()

    keeper.run(stages, fit_stage)
    history, seconds = keeper.training.history, keeper.seconds
    if profile:
        console.print(profile.summary or "too short to profile: more train.epochs", highlight=False)
    if best is None or best.best_epoch is None:
        return Fitted(history, seconds)
    best.restore(model)
    return Fitted(history, seconds, best.best_epoch + 1)


def compile_stage(
    model: Any,
    stage: Stage,
    config: Mapping[str, Any],
    facts: Mapping[str, Any],
    strategy: Any,
    steps: int,
    rate: float = 1.0,
) -> None:
    """Set which layers learn in a stage, and by what.

    Args:
        model: the built model.
        stage: the stage.
        config: the whole config.
        facts: values that expressions may use, besides the stage's own.
        strategy: where the model trains.
        steps: steps of an epoch.
        rate: what the learning rate is multiplied by.
    """
    scope = {**facts, "train": {"steps": stage.epochs * steps, "epochs": stage.epochs}}
    set_trainable(model, stage.trainable, stage.path)
    with strategy.scope():
        model.compile(
            optimizer=build_node(stage.optimizer, "optimizer", stage.optimizer_path, scope),
            **objectives_of(config, scope, output_names(model)),
        )
        scale_schedule(model, rate)


def _callbacks(
    config: Mapping[str, Any], facts: Mapping[str, Any], directory: Path
) -> dict[str, Any]:
    """Make the callbacks by the path of their node, in the order in which they are told."""
    made: dict[str, Any] = {"learning_rate": _rate_logger()}
    for name, node in (config.get("callbacks") or {}).items():
        if node is None:
            continue
        parts = split_node(node)
        extra = {}
        if parts and parts[0] in _FOLDERS:
            extra["directory"] = str(directory / _FOLDERS[parts[0]])
        path = f"callbacks.{name}"
        made[path] = build_node(_inside(node, directory), "callback", path, facts, **extra)
    trackers = config.get("tracker") or {}
    if not any(_as_node(node).get("type") == "csv" for node in trackers.values()):
        trackers = {"csv": "csv", **trackers}  # every run has its history
    for name, node in trackers.items():
        if node is not None:
            path = f"tracker.{name}"
            made[path] = build_node(node, "tracker", path, facts, directory=directory)
    return made


def _check_rate(node: Any, rate: Any, path: str) -> list[Problem]:
    """Refuse a callback that sets the rate beside a schedule that does."""
    name = _as_node(node).get("type")
    kind = kind_of(rate)
    if name not in ("ReduceLROnPlateau", "LearningRateScheduler") or kind is None:
        return []
    return [
        Problem(
            path,
            f"expected a number as optimizer.learning_rate, which {name} sets. "
            f"Received: the schedule {rate[kind]}",
            hint="keep the schedule or the callback",
            fix=f"~{path}",
        )
    ]


def _check_backup(node: Any, path: str) -> list[Problem]:
    """Refuse Keras's backup, which would set a run back to the beginning of its epoch."""
    if _as_node(node).get("type") not in ("BackupAndRestore", "keras.callbacks.BackupAndRestore"):
        return []
    message = "expected no BackupAndRestore, since a run goes on from its own exact checkpoints"
    return [Problem(path, message, hint="checkpoint.every says how often", fix=f"~{path}")]


_TAKEN = (
    *("config.yaml", "status.json", "environment.json", "history.csv", "metrics.json"),
    *("choices.json", "facts.json", "model.keras", "samples.npz", "calibration.npz", "error.log"),
    *("plots", "exports", "profile", ".hydra", ".exporting"),
)
_FOLDERS = {"BestCheckpoint": "checkpoints", "Profile": "profile"}
"""Callbacks of our own -> where in the run's directory they write."""
_PATHS = ("filepath", "filename", "log_dir", "backup_dir", "directory")


def _check_paths(node: Any, path: str) -> list[Problem]:
    """Refuse paths that leave the run directory, and the names of the run's own files."""
    problems = []
    for key, value in _as_node(node).items():
        if key not in _PATHS or not isinstance(value, str):
            continue
        place = Path(value)
        outside = place.is_absolute() or ".." in place.parts or value.startswith("~")
        if outside or place.parts[:1] in [(name,) for name in _TAKEN] or not place.parts:
            problems.append(
                Problem(
                    f"{path}.{key}",
                    "expected a path inside the run directory that the run itself does not use. "
                    f"Received: {value!r}",
                    hint="paths of callbacks are relative to the run directory",
                )
            )
    return problems


def _inside(node: Any, directory: Path) -> Any:
    """Lay the paths of a callback into the run directory."""
    return {
        key: str(directory / value) if key in _PATHS and isinstance(value, str) else value
        for key, value in _as_node(node).items()
    }


def _as_node(node: Any) -> dict[str, Any]:
    if isinstance(node, Mapping):
        return dict(node)
    return {"type": node} if isinstance(node, str) else {}


def _rate_logger() -> Any:
    """Return a callback that logs the learning rate, before others read the logs."""
    import keras

    class RateLogger(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            if logs is None or self.model is None:
                return
            if not isinstance(self.model.optimizer, keras.optimizers.MultiOptimizer):
                rate: Any = keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
                logs["learning_rate"] = float(rate)

    return RateLogger()
