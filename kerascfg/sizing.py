"""`data.batch_size: auto`, settled before a run begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from kerascfg.assembly import assemble, seed
from kerascfg.errors import ConfigError
from kerascfg.memory import half_of_free_memory
from kerascfg.runs import Run
from kerascfg.screen import say
from kerascfg.training import (
    Stage,
    largest_batch,
    needs_one_device,
    read_choice,
    step_fits,
    write_choice,
)

if TYPE_CHECKING:
    from rich.console import Console


def with_batch_size(
    config: Mapping[str, Any],
    data: Any,
    stages: Sequence[Stage],
    strategy: Any,
    run: Run,
    console: Console,
) -> Any:
    """Return the data with batches of the size that the config leaves open, if it does.

    The search trains a model of its own, which is thrown away: the run is then the one that it
    would be if the config stated the number.

    Args:
        config: the composed config, without problems.
        data: its data, as read.
        stages: from `plan_stages`.
        strategy: where the model trains.
        run: the run, whose `choices.json` knows the size if it was found before.
        console: where to say what was found.

    Raises:
        ConfigError: several devices share a batch.
        RunError: not even one sample fits.
    """
    if config["data"].get("batch_size") != "auto":
        return data
    if strategy.replicas > 1 or strategy.workers is not None:
        raise ConfigError(needs_one_device(config, strategy.name))
    if (size := read_choice(run.directory, "batch_size")) is None:
        made = assemble(config, data, strategy.scope)
        model, facts = made.parts.core.model, made.facts
        fits = partial(step_fits, model, made.data, config, stages, facts, strategy)
        allowed = None if strategy.devices[0].startswith("GPU") else half_of_free_memory()
        found = largest_batch(fits, data.sizes["train"], allowed)
        size = found.batch_size
        write_choice(run.directory, "batch_size", size)
        seed(config)
        say(console, "batches", f"{size} samples, the largest power of two: {found.reason}")
    return replace(data, batch_size=size)
