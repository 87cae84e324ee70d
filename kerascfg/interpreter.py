"""The front hall: a config is checked, then becomes data and a trained, delivered model."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerascfg.data import check_data, known_features
from kerascfg.errors import (
    ConfigError,
    GateError,
    Problem,
    RunError,
    display,
    print_problems,
    unknown_key,
)
from kerascfg.exporting import Delivery, check_export, delivery_table, export_run
from kerascfg.model import check_model
from kerascfg.naming import build_node
from kerascfg.quiet import start_tensorflow
from kerascfg.runs import Run, describe_environment, plot_confusion, plot_history
from kerascfg.strategy.check import check_shares, check_strategy
from kerascfg.training import check_callbacks, check_objectives, plan_stages

if TYPE_CHECKING:
    from rich.console import Console

KEYS = (
    *("data", "model", "task", "optimizer", "loss", "metrics", "train", "callbacks", "tracker"),
    *("strategy", "export", "seed", "name", "deterministic", "rank_by"),
)
TASKS = ("classification", "binary", "multilabel", "regression")
SAMPLES = 256
_SAMPLE_BYTES = 32 * 2**20


# --- check ---------------------------------------------------------------------------------------


def check(config: Mapping[str, Any]) -> list[Problem]:
    """Return everything that is wrong with a config, importing neither Keras nor TensorFlow.

    Args:
        config: the composed config, plain containers.
    """
    problems = _check_keys(config)
    task = config.get("task")
    data, model, export = (config.get(key) or {} for key in ("data", "model", "export"))
    outputs = _stated_outputs(model)
    _, train = plan_stages(config.get("train"), config.get("optimizer"))
    problems += check_data(data, task)
    problems += check_model(model, known_features(data))
    problems += check_objectives(config.get("loss"), config.get("metrics"), outputs)
    problems += _check_optimizer(config.get("optimizer"))
    problems += train
    problems += check_callbacks(config.get("callbacks"), config.get("tracker"))
    batch_size = data.get("batch_size", 32) if isinstance(data, Mapping) else None
    problems += check_strategy(config.get("strategy", "auto"), batch_size)
    problems += check_export(export)
    return list(dict.fromkeys(problems))


def _check_keys(config: Mapping[str, Any]) -> list[Problem]:
    problems = [
        unknown_key("", str(key), KEYS, "a group or key of the config", value)
        for key, value in config.items()
        if key not in KEYS
    ]
    problems += _check_targets(config, "")
    task, seed = config.get("task"), config.get("seed", 1)
    if task is not None and task not in TASKS:
        problems.append(Problem("task", f"expected one of {', '.join(TASKS)}. Received: {task}"))
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**32:
        problems.append(Problem("seed", f"expected a whole number from 0. Received: {seed!r}"))
    if not isinstance(config.get("rank_by"), str | None):
        message = f"expected a metric's name. Received: {config['rank_by']!r}"
        problems.append(Problem("rank_by", message, fix="rank_by=val_loss"))
    if not isinstance(config.get("deterministic", False), bool):
        message = f"expected true or false. Received: {config['deterministic']!r}"
        problems.append(Problem("deterministic", message))
    return problems


def _check_targets(value: Any, path: str) -> list[Problem]:
    """Refuse Hydra's `_target_`, which would run whatever it names."""
    match value:
        case Mapping():
            items: Any = value.items()
        case list():
            items = enumerate(value)
        case _:
            return []
    problems = []
    for key, item in items:
        below = f"{path}.{key}" if path else str(key)
        if key == "_target_":
            problems.append(unknown_key(path, key, (), "`type`", item))
        problems += _check_targets(item, below)
    return problems


def _check_optimizer(optimizer: Any) -> list[Problem]:
    from kerascfg.naming import check_node

    if optimizer is None:
        return [Problem("optimizer", "required, but not given", fix="optimizer=adam")]
    return check_node(optimizer, "optimizer", "optimizer")


def _stated_outputs(model: Any) -> tuple[str, ...] | None:
    """Return the names of the model's outputs where the config states several."""
    outputs = model.get("outputs") if isinstance(model, Mapping) else None
    return tuple(map(str, outputs)) if isinstance(outputs, list) and len(outputs) > 1 else None


# --- train ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trained:
    """What a training run gave; its files are in the run's directory.

    Attributes:
        run: the run.
        model: the trained model, with its best weights.
        metrics: split -> name -> value.
        deliveries: one for each export target.
    """

    run: Run
    model: Any
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
        GateError: a delivery disagrees with the model.
    """
    from kerascfg.screen import model_table, result_table, say

    run.write_yaml("config.yaml", dict(config))
    start_tensorflow()
    stages, _ = plan_stages(config.get("train"), config["optimizer"])
    _seed(config)
    strategy = build_node(config.get("strategy", "auto"), "strategy", "strategy")
    say(console, "run", display(run.directory))
    say(console, "strategy", f"{strategy.name}: {strategy.reason}")

    data = _open_data(config)
    if problems := check_shares(data.batch_size, strategy.replicas):
        raise ConfigError(problems)
    say(console, "data", _describe(data))
    for note in data.notes:
        say(console, "", note)
    run.write_json(
        "environment.json",
        describe_environment(config.get("seed", 1), data.fingerprint, list(strategy.devices)),
    )

    epochs = sum(stage.epochs for stage in stages)
    facts = _facts(data, epochs)
    with strategy.scope():
        model = _build(config, facts, data)
    console.print(model_table(model))
    console.print()

    from kerascfg.training import fit

    try:
        fitted = fit(model, data, config, stages, facts, strategy, run.directory, console)
    except Exception as error:
        raise data.explain(error) or error from None
    with run.writing("model.keras") as file:
        model.save(file)
    _write_samples(run, data)
    if fitted.history:
        plot_history(fitted.history, run.path("plots/history.png"))

    metrics = _evaluate(config, run, data, facts, strategy, model)
    run.write_json("metrics.json", metrics)
    best = f", best epoch {fitted.best_epoch} of {epochs}" if fitted.best_epoch else ""
    console.print(result_table(metrics))
    say(console, "model", f"{display(run.path('model.keras'))}{best}")
    deliveries = deliver(run, config.get("export") or {}, console)
    return Trained(run, model, metrics, tuple(deliveries))


def build(config: Mapping[str, Any]) -> Any:
    """Build the model of a checked config, reading the data set where the model depends on it."""
    start_tensorflow()
    _seed(config)
    stated = config["model"].get("inputs")
    if stated and not _mentions_facts(config["model"]):
        from kerascfg.model import build_model

        return build_model(config["model"], {}, name=_model_name(config))
    data = _open_data(config)
    stages, _ = plan_stages(config.get("train"), config["optimizer"])
    return _build(config, _facts(data, sum(stage.epochs for stage in stages)), data)


def _facts(data: Any, epochs: int) -> dict[str, Any]:
    return {**data.facts(), "train": {"steps": data.steps_per_epoch * epochs, "epochs": epochs}}


def _mentions_facts(value: Any) -> bool:
    match value:
        case Mapping():
            return any(_mentions_facts(item) for item in value.values())
        case list():
            return any(_mentions_facts(item) for item in value)
        case _:
            return isinstance(value, str) and ("$data" in value or "$train" in value)


def deliver(run: Run, export: Mapping[str, Any], console: Console) -> list[Delivery]:
    """Export a finished run's model to its targets, each run in its own runtime and compared.

    Raises:
        GateError: an artefact disagrees with the model, or could not be made.
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
    failed = [delivery for delivery in deliveries if delivery.status == "failed"]
    if failed:
        reasons = "; ".join(f"{d.target}: {d.reason.splitlines()[0]}" for d in failed)
        raise GateError(f"not delivered: {reasons}")
    return deliveries


def _seed(config: Mapping[str, Any]) -> None:
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(config.get("seed", 1))
    if config.get("deterministic"):
        tf.config.experimental.enable_op_determinism()


def _open_data(config: Mapping[str, Any]) -> Any:
    from kerascfg.data import open_data

    return open_data(config["data"], task=config.get("task"), seed=config.get("seed", 1))


def _build(config: Mapping[str, Any], facts: Mapping[str, Any], data: Any) -> Any:
    from kerascfg.model import build_model

    if problems := check_model(config["model"], tuple(data.features)):
        raise ConfigError(problems)

    def batches() -> Any:
        return data.evaluation_batches("train")[0].map(lambda features, *_: features)

    return build_model(config["model"], facts, batches=batches, name=_model_name(config))


def _model_name(config: Mapping[str, Any]) -> str:
    name = "".join(c if c.isalnum() else "_" for c in str(config.get("name") or "model"))
    return name if name[0].isalpha() else f"model_{name}"


def _evaluate(
    config: Mapping[str, Any],
    run: Run,
    data: Any,
    facts: Mapping[str, Any],
    strategy: Any,
    model: Any,
) -> dict[str, dict[str, float]]:
    """Evaluate the chosen model on every split, on one device, and plot what it confuses."""
    from kerascfg.model import load_model
    from kerascfg.training import compile_for_evaluation, evaluate

    if strategy.replicas > 1:
        model = load_model(run.path("model.keras"), config)
        compile_for_evaluation(model, config, facts)
    splits = [split for split, size in data.sizes.items() if size]
    metrics = {split: evaluate(model, data, split) for split in splits}
    if config.get("task") in ("classification", "binary") and data.sizes.get("test"):
        _plot_confusion(run, data, model)
    return metrics


def _plot_confusion(run: Run, data: Any, model: Any) -> None:
    import numpy as np

    from kerascfg.training import predict

    (target, names), *others = data.class_names.items()
    if others:
        return
    outputs = predict(model, data, "test")
    answers = np.asarray(data.arrays("test")[1][target]).reshape(-1)
    choices = outputs.argmax(-1) if outputs.shape[-1] > 1 else (outputs.reshape(-1) > 0.5)
    matrix = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(matrix, (answers.astype(int), choices.astype(int)), 1)
    plot_confusion(matrix, names, run.path("plots/confusion.png"))


def _write_samples(run: Run, data: Any) -> None:
    """Keep real samples, so that a run can be exported and verified without its data set."""
    import numpy as np

    split = next(s for s in ("test", "validation", "train") if data.sizes.get(s))
    one, _ = data.arrays(split, limit=1)
    size = max(1, sum(array.nbytes for array in one.values()))
    limit = max(1, min(SAMPLES, _SAMPLE_BYTES // size))
    features, targets = data.arrays(split, limit=limit)
    arrays = {f"x/{name}": array for name, array in features.items()}
    arrays |= {f"y/{name}": array for name, array in targets.items()}
    with run.writing("samples.npz") as file, file.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


def _describe(data: Any) -> str:
    sizes = ", ".join(f"{size:,} {split}" for split, size in data.sizes.items())
    features = ", ".join(
        f"{n} {list(s.shape)} {s.dtype}" for n, s in list(data.features.items())[:4]
    )
    more = f" and {len(data.features) - 4} more" if len(data.features) > 4 else ""
    classes = "".join(f", {len(names)} classes" for names in data.class_names.values())
    return f"{sizes}; {features}{more} -> {', '.join(data.targets)}{classes}"


# --- jobs ----------------------------------------------------------------------------------------


class _Stopped(BaseException):
    """A signal asked the run to end."""

    def __init__(self, number: int):
        self.number = number


@contextmanager
def ending(run: Run) -> Iterator[None]:
    """Say in a run's directory how it ended; what went wrong is raised on."""
    try:
        with _signals():
            yield
    except (ConfigError, RunError, GateError) as error:
        run.status("failed", str(error), error.exit_status)
        raise
    except (_Stopped, KeyboardInterrupt) as error:
        number = error.number if isinstance(error, _Stopped) else signal.SIGINT
        run.status("stopped", f"stopped by {signal.Signals(number).name}", 128 + number)
        raise
    except Exception as error:
        run.write_text("error.log", traceback.format_exc())
        run.status("failed", f"{type(error).__name__}: {error}", RunError.exit_status)
        raise
    run.status("finished", exit_status=0)


def run_job(run: Run, work: Callable[[], object]) -> int:
    """Do the work of a run and return the exit status, so that a sweep goes on with its next job.

    What goes wrong is said to the user here.
    """
    try:
        with ending(run):
            work()
    except ConfigError as error:
        print_problems(error.problems, started=True)
        return error.exit_status
    except (RunError, GateError) as error:
        _complain(f"The run failed: {error}")
        return error.exit_status
    except (_Stopped, KeyboardInterrupt) as error:
        number = error.number if isinstance(error, _Stopped) else int(signal.SIGINT)
        _complain(f"The run was stopped by {signal.Signals(number).name}.")
        return 128 + number
    except Exception as error:
        log = run.path("error.log")
        _complain(f"The run failed: {type(error).__name__}: {error}\nThe whole trace: {log}")
        return RunError.exit_status
    return 0


@contextmanager
def _signals() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that the run can say how it ended."""

    def stop(number: int, frame: Any) -> None:
        raise _Stopped(number)

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread, where Python delivers no signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _complain(message: str) -> None:
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, soft_wrap=True).print(Text(message, style="bold red"))
