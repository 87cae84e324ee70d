"""The front hall: a config is checked, then becomes data and a trained, delivered model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from math import nan, prod
from typing import TYPE_CHECKING, Any

from kerascfg.assembly import Assembled, as_trained, assemble, open_data_of, seed
from kerascfg.checking import check, check_shapes
from kerascfg.data import describe_data, facts_of, without_table
from kerascfg.errors import ConfigError, GateError, display
from kerascfg.exporting import (
    Delivery,
    GateSettings,
    delivery_table,
    export_run,
    not_met,
    read_gate,
)
from kerascfg.look import draw_samples, look_at, print_look
from kerascfg.model import (
    check_fed,
    core_of,
    load_model,
)
from kerascfg.naming import build_node
from kerascfg.quiet import start_tensorflow
from kerascfg.redacting import hide, without_secrets
from kerascfg.runs import (
    Run,
    describe_environment,
    essence,
    expect_space,
    expect_space_for_run,
    plot_confusion,
    plot_history,
)
from kerascfg.screen import model_table, result_table, say
from kerascfg.sizing import with_batch_size
from kerascfg.strategy.check import check_shares, check_steps
from kerascfg.strategy.devices import Strategy, expect_tensorflow
from kerascfg.strategy.precision import computing_in
from kerascfg.strategy.statistics import differences, whole_batch_statistics
from kerascfg.training import (
    Fitted,
    Keeper,
    Position,
    Stage,
    Training,
    calibration_samples,
    compile_for_evaluation,
    confusion_matrices,
    evaluate,
    explain_memory,
    fit,
    open_keeper,
    plan_stages,
    read_checkpoint,
    read_train,
    representative_samples,
)
from kerascfg.workers import fit_in_workers

if TYPE_CHECKING:
    from rich.console import Console
OPEN = GateSettings()
"""The gate that everything meets."""
DETERMINISTIC = (
    "deterministic: the same bits again on this machine and these packages; it costs what random "
    "steps of the input pipeline (data.augment) would gain by several threads, and on a GPU more"
)

__all__ = ["Trained", "check", "check_shapes", "deliver", "train"]


@dataclass(frozen=True)
class Trained:
    """What a training run gave; its files are in the run's directory.

    Attributes:
        run: the run.
        model: what has learnt, with its best weights; `model.keras` holds what is served. None
            where the config says `stop_after: data`.
        data: the data as it was learnt from.
        metrics: split -> name -> value.
        deliveries: one for each export target.
    """

    run: Run
    model: Any
    data: Any
    metrics: dict[str, dict[str, float]]
    deliveries: tuple[Delivery, ...] = ()


def train(config: Mapping[str, Any], run: Run, console: Console) -> Trained:
    """Turn a checked config into a trained, evaluated and exported model.

    Args:
        config: the composed config, plain containers, without problems.
        run: an empty run, whose directory is filled.
        console: where to show what happens.

    Raises:
        ConfigError: what only the data or Keras itself could show to be wrong.
        RunError: the run failed.
        OtherProcessError: it can run in another process, not in this one.
        GateError: a delivery disagrees with the model, or does not keep to the config's gate.
    """
    hide(config)
    run.write_yaml("config.yaml", without_secrets(without_table(config)))
    start_tensorflow()
    expect_tensorflow()
    stages, _ = plan_stages(config.get("train"), config["optimizer"])
    seed(config)
    strategy = build_node(config.get("strategy", "auto"), "strategy", "strategy")
    say(console, "run", display(run.directory))
    say(console, "strategy", f"{strategy.name}: {strategy.reason}")
    if config.get("deterministic"):
        say(console, "", DETERMINISTIC)

    data = open_data_of(config)
    optimizers = {stage.optimizer_path: stage.optimizer for stage in stages}
    problems = check_steps(strategy.name, strategy.replicas, optimizers)
    problems += check_shares(data.batch_size, strategy.replicas)
    if problems := [*problems, *check_fed(config["model"], data.features)]:
        raise ConfigError(problems)
    say(console, "data", describe_data(data))
    for note in data.notes:
        say(console, "", note)
    if data.skipped:
        run.write_text("skipped.txt", "\n".join(data.skipped) + "\n")
    run.write_json(
        "environment.json",
        describe_environment(config.get("seed", 1), data.fingerprint, list(strategy.devices)),
    )

    if config.get("stop_after") == "data":
        _show(as_trained(config, data), run, console)
        return Trained(run, None, data, {})
    data = with_batch_size(config, data, stages, strategy, run, console)
    made = assemble(config, data, strategy.scope)
    model, data = made.parts.core.model, made.data
    console.print(model_table(model))
    console.print()

    sizes = [sum(map(_bytes_of, v)) for v in (model.variables, model.trainable_variables)]
    expect_space_for_run(run.directory, config, *sizes)
    keeper = keep_states(run, config, data.fingerprint, console)
    was_evaluated = keeper.is_done(stages) and run.path("metrics.json").exists()
    if not was_evaluated:
        run.path("metrics.json").unlink(missing_ok=True)  # they would be of an earlier model
    try:
        fitted = _fit(made, config, stages, strategy, run, console, keeper)
    except Exception as error:
        told = explain_memory(error, model, data.batch_size) or data.explain(error)
        raise told or error from None
    say(console, "trained", _describe_training(fitted))
    if strategy.workers is not None and not strategy.workers.writes:
        say(console, "", "the machine of the first worker evaluates, saves and exports")
        return Trained(run, model, data, {})
    if was_evaluated:
        metrics = {
            split: {name: nan if value is None else value for name, value in values.items()}
            for split, values in run.metrics().items()
        }
    else:
        model, metrics = _evaluated(run, config, made, strategy)
        plot_history(fitted.history, run.path("plots/history.png"))
        run.write_json("metrics.json", metrics)  # the last: all else is there
    console.print(result_table(metrics))
    say(console, "model", f"{display(run.path('model.keras'))}")
    gate, _ = read_gate(config.get("gate"), None)
    deliveries = deliver(run, config.get("export") or {}, console, gate)
    return Trained(run, model, data, metrics, tuple(deliveries))


def _evaluated(
    run: Run, config: Mapping[str, Any], made: Assembled, strategy: Strategy
) -> tuple[Any, dict[str, dict[str, float]]]:
    """Save a trained model with what it is verified with, and evaluate it.

    Returns:
        The model as it was evaluated, and its metrics by split.

    Raises:
        RunError: the disk is full.
    """
    model, data = made.parts.core.model, made.data
    expect_space(run.directory, sum(map(_bytes_of, model.variables)) * 2)
    with run.writing("model.keras") as file:
        made.parts.served.save(file)
    run.write_arrays("samples.npz", representative_samples(data))
    run.write_arrays("calibration.npz", calibration_samples(data))
    run.write_json("facts.json", facts_of(data))
    if not strategy.trains_as_served:  # what is reported is what was saved, on one device
        model = core_of(load_model(run.path("model.keras"), config), model.name)
        compile_for_evaluation(model, config, made.facts)
    metrics = {
        split: evaluate(model, data, split, config) for split, size in data.sizes.items() if size
    }
    for target, counted in confusion_matrices(model, data, "test").items():
        only = len(data.targets) == 1
        file = run.path("plots/confusion.png" if only else f"plots/confusion_{target}.png")
        plot_confusion(*counted, file, title="" if only else target)
    return model, metrics


def keep_states(run: Run, config: Mapping[str, Any], fingerprint: str, console: Console) -> Keeper:
    """Return what saves the training's state, and knows where the training goes on.

    Raises:
        ConfigError: the key `checkpoint` is wrong.
        RunError: the run goes on, and its newest state is of other data or another config.
    """
    settings, problems = read_checkpoint(config.get("checkpoint"))
    if settings is None:
        raise ConfigError(problems)
    train = read_train(config.get("train"))
    begin = Training(Position(), fingerprint, essence(without_secrets(without_table(config))), {})
    return open_keeper(run, settings, train, begin, partial(say, console, "state"))


def _fit(
    made: Assembled,
    config: Mapping[str, Any],
    stages: tuple[Stage, ...],
    strategy: Strategy,
    run: Run,
    console: Console,
    keeper: Keeper,
) -> Fitted:
    """Train what learns where the strategy says: in this process, or in its workers."""
    core = made.parts.core
    kept = {
        argument: frozenset(n.name for n in core.graph.nodes if argument in n.arguments)
        for argument in ("dtype", "synchronized")
    }
    given = (core.model, made.data, config, stages, made.facts, strategy, run.directory, console)
    if strategy.workers is not None:
        return fit_in_workers(*given, kept)
    for note in differences(core.model, strategy, kept["synchronized"]):
        say(console, "", note)
    with (
        computing_in(core.model, strategy.precision, kept["dtype"]),
        whole_batch_statistics(core.model, strategy.replicas > 1, kept["synchronized"]),
    ):
        return fit(*given, keeper)


def _bytes_of(variable: Any) -> int:
    """Return the size of a variable; what is none of numbers of 4 bytes is small."""
    return prod(variable.shape) * 4


def _show(data: Any, run: Run, console: Console) -> None:
    """Show data, and keep what is shown in the run's directory."""
    look = look_at(data)
    print_look(look, console)
    run.write_json("data.json", asdict(look))
    files = draw_samples(data, run.path("plots"))
    say(console, "drawn", ", ".join(display(file) for file in files))


def deliver(
    run: Run,
    export: Mapping[str, Any],
    console: Console,
    gate: GateSettings = OPEN,
) -> list[Delivery]:
    """Export a finished run's model to its targets, each run in its own runtime and compared.

    Args:
        run: the finished run.
        export: name -> target's node.
        console: where to show what happens.
        gate: what the deliveries must keep to.

    Raises:
        GateError: an artefact disagrees with the model, could not be made, or does not keep to the
            gate.
    """
    if not export:
        return []
    with console.status("exporting") as status:
        deliveries = export_run(
            run.directory,
            dict(export),
            on_progress=lambda target, step: status.update(f"{target}: {step}"),
        )
    console.print(delivery_table(deliveries))
    beside = ", ".join(("deliveries.csv", "deliveries.png", "MODEL_CARD.md"))
    say(console, "exports", f"{display(run.path('exports'))}: {beside}")
    failed = [delivery for delivery in deliveries if delivery.status == "failed"]
    reasons = [f"not delivered: {d.target}: {d.reason.splitlines()[0]}" for d in failed]
    reasons += [f"gate not met: {line}" for line in not_met(gate, deliveries)]
    if reasons:
        raise GateError("; ".join(reasons) if len(reasons) == 1 else "\n" + "\n".join(reasons))
    return deliveries


def _describe_training(fitted: Fitted) -> str:
    epochs = len(fitted.history["loss"])
    best = f"; the best was epoch {fitted.best_epoch}" if fitted.best_epoch else ""
    return f"{epochs} epochs in {fitted.seconds:.1f} s{best}"
