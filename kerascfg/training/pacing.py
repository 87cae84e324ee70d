"""A stage's `fit` at its pace: measured, or as the config or an earlier start of the run says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError
from kerascfg.naming import read_settings
from kerascfg.training.batches import Batches
from kerascfg.training.choices import read_choice, write_choice
from kerascfg.training.loop import Pace, Step, compiled_loop, step_of
from kerascfg.training.pace import measured_pace
from kerascfg.training.remat import rematerialised
from kerascfg.training.settings import Stage, TrainSettings, needs_one_device

if TYPE_CHECKING:
    from rich.console import Console


def runs_own_loop(strategy: Any) -> bool:
    """Tell whether the compiled loop runs a strategy's steps: on one device of TensorFlow.

    `mirrored` cannot run several steps in one execution, and hands each replica its share of a
    batch itself; on JAX the step is a pure function that Keras compiles.
    """
    import keras

    return strategy.replicas == 1 and keras.backend.backend() == "tensorflow"


@contextmanager
def at_pace(
    model: Any,
    batches: Batches,
    stage: Stage,
    strategy: Any,
    config: Mapping[str, Any],
    directory: Path,
    console: Console,
    first_epoch: int,
    first_step: int = 0,
    callbacks: Sequence[Any] = (),
) -> Iterator[None]:
    """Let the `fit` of a stage, within the block, run at its pace.

    Args:
        model: the compiled model.
        batches: what `fit` is given.
        stage: the stage.
        strategy: where the model trains.
        config: the whole config, for `train.steps_per_execution` and `train.remat`.
        directory: the run's, for its `choices.json`.
        console: where to say what was chosen.
        first_epoch: the epoch that begins.
        first_step: its step that `fit` is to do first.
        callbacks: those of the run.

    Raises:
        ConfigError: the strategy turned out to take several devices, which cannot do what is asked.
    """
    if not runs_own_loop(strategy):
        if problems := needs_one_device(config, strategy.name):
            raise ConfigError(problems)
        yield
        return
    settings, _ = read_settings(TrainSettings, config.get("train"), "train")
    assert settings is not None, "the config is checked"
    with rematerialised(model) if settings.remat else nullcontext(()) as layers:
        if layers:
            count = "1 layer is" if len(layers) == 1 else f"{len(layers)} layers are"
            console.print(f"{count} computed again for the gradient", style="dim")
        watching = [type(c).__name__ for c in callbacks if _watches_steps(c)]
        if watching and settings.steps_per_execution == "auto":
            settings = replace(settings, steps_per_execution=1)
            console.print(f"{', '.join(watching)} is told of every step", style="dim")
        pace, step = _pace(model, batches, stage, strategy, settings, directory, first_epoch)
        count = "1 step" if pace.steps_per_execution == 1 else f"{pace.steps_per_execution} steps"
        console.print(f"{count} an execution{', by XLA' if pace.jit else ''}", style="dim")
        with compiled_loop(model, batches, step, pace, first_step):
            yield


def _watches_steps(callback: Any) -> bool:
    """Tell whether a callback of the user's own may count on being called at every step.

    Keras's own know that an execution may take several.
    """
    import keras

    kind, plain = type(callback), keras.callbacks.Callback
    if kind.__module__.partition(".")[0] in ("keras", "kerascfg"):
        return False
    hooks = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    return any(getattr(kind, hook) is not getattr(plain, hook) for hook in hooks)


def _pace(
    model: Any,
    batches: Batches,
    stage: Stage,
    strategy: Any,
    settings: TrainSettings,
    directory: Path,
    first_epoch: int,
) -> tuple[Pace, Step]:
    name = f"stages.{stage.name or 'train'}"
    if chosen := read_choice(directory, name):
        pace = Pace(**chosen)
        return pace, step_of(model, batches, pace.jit)
    pace, step = measured_pace(
        model,
        batches,
        first_epoch,
        settings.steps_per_execution,
        strategy.jit,
        strategy.devices[0].startswith("GPU"),
    )
    write_choice(directory, name, asdict(pace))
    return pace, step
