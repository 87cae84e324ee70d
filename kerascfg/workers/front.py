"""The front hall's side: what its workers are told, and what becomes of what they learn."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.strategy.devices import Strategy
from kerascfg.strategy.layouts import divided_variables
from kerascfg.training import Fitted, Stage
from kerascfg.training.batches import batches_of
from kerascfg.training.fitting import check_outputs
from kerascfg.workers.channel import Job
from kerascfg.workers.hall import Hall
from kerascfg.workers.worker import seed_states

if TYPE_CHECKING:
    from rich.console import Console


def fit_in_workers(
    model: Any,
    data: Any,
    config: Mapping[str, Any],
    stages: tuple[Stage, ...],
    facts: Mapping[str, Any],
    strategy: Strategy,
    directory: Path,
    console: Console,
    kept: Mapping[str, frozenset[str]],
) -> Fitted:
    """Train the model in the workers of a strategy; see `training.fit`.

    Args:
        model: the built model, which has learnt in the end.
        data: the data set.
        config: the whole config.
        stages: from `plan_stages`.
        facts: values that expressions may use.
        strategy: one with workers.
        directory: the run directory.
        console: where to show progress.
        kept: argument (`dtype`, `synchronized`) -> names of layers whose nodes state it.

    Raises:
        ConfigError: as `fit`; or a layout does not fit the model, or the model takes texts.
        RunError: the loss is not finite, or a worker has ended too early.
        WorkerError: something else went wrong in a worker.
    """
    workers = strategy.workers
    assert workers is not None, "the strategy says who trains"
    if problems := [*check_outputs(model, data, config["loss"]), *_texts(model)]:
        raise ConfigError(problems)
    layout = divided_variables(model, workers.mesh, workers.layout)
    batches = batches_of(model, data, config, strategy.replicas)
    with tempfile.TemporaryDirectory() as folder:
        job = Job(
            config=config,
            stages=stages,
            facts=facts,
            strategy=strategy,
            model=Path(folder, "core.keras"),
            seeds=[variable.numpy() for variable in seed_states(model)],
            layout=layout,
            kept=kept,
            steps=batches.steps,
            batch_size=batches.batch_size,
            validation_steps=batches.validation[1] if batches.validation else 0,
            directory=directory,
            learnt=Path(folder, "learnt.npz"),
            console=_looks_of(console),
        )
        model.save(job.model)
        done = Hall(job, batches, Path(folder), console).train()
        if workers.writes:
            _take(model, job.learnt)
    return Fitted(done.history, done.seconds, done.best_epoch)


def _take(model: Any, learnt: Path) -> None:
    """Give a model the variables that the first worker has learnt."""
    import numpy as np

    with np.load(learnt) as arrays:
        for variable, name in zip(model.variables, arrays.files, strict=True):
            variable.assign(arrays[name])


def _texts(model: Any) -> list[Problem]:
    """Refuse inputs that JAX has no type for."""
    texts = [tensor.name for tensor in model.inputs if tensor.dtype == "string"]
    return [
        Problem(
            f"model.inputs.{name}",
            "expected numbers, since this strategy trains with JAX. Received: texts",
            hint="what makes numbers of texts belongs to model.preprocess",
            fix="strategy=auto",
        )
        for name in texts
    ]


def _looks_of(console: Console) -> dict[str, Any]:
    """Return how a worker's console must look for its text to be shown on this one."""
    return {
        "force_terminal": console.is_terminal,
        "width": console.width,
        "height": console.height,
        "color_system": console.color_system,
        "highlight": False,
        "quiet": console.quiet,
    }
