"""The front hall: a config is checked, then becomes data and a trained, delivered model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from functools import cache, partial
from math import prod
from typing import TYPE_CHECKING, Any

from kerascfg.classes import carried_names
from kerascfg.config.check import check_keys
from kerascfg.config.upgrade import say_renamed
from kerascfg.data import (
    Augment,
    Prepare,
    TensorSpec,
    check_bucket,
    check_data,
    check_facts,
    describe_data,
    known_classes,
    known_columns,
    known_features,
    known_numbered,
    known_targets,
    open_data,
    without_table,
)
from kerascfg.errors import ConfigError, GateError, Problem, display
from kerascfg.exporting import Delivery, check_export, delivery_table, export_run
from kerascfg.look import draw_samples, look_at, print_look
from kerascfg.model import (
    Batches,
    Built,
    Parts,
    build_augment,
    build_parts,
    build_preprocess,
    build_targets,
    check_augment,
    check_fed,
    check_model,
    check_preprocess_facts,
    check_targets,
    core_of,
    heads_of,
    load_model,
    without_pretrained,
)
from kerascfg.naming import build_node, check_node, names_within
from kerascfg.quiet import start_tensorflow
from kerascfg.runs import Run, describe_environment, expect_space, plot_confusion, plot_history
from kerascfg.screen import model_table, result_table, say
from kerascfg.strategy.check import check_shares, check_strategy
from kerascfg.training import (
    Fitted,
    check_callbacks,
    check_globs,
    check_heads,
    check_loss_weights,
    check_monitors,
    check_objectives,
    compile_for_evaluation,
    confusion_matrices,
    evaluate,
    fit,
    logged_names,
    plan_stages,
    representative_samples,
)

if TYPE_CHECKING:
    from rich.console import Console

# --- check ---------------------------------------------------------------------------------------


def check(config: Mapping[str, Any]) -> list[Problem]:
    """Return everything that is wrong with a config, importing neither Keras nor TensorFlow.

    Args:
        config: the composed config, plain containers.
    """
    problems = check_keys(config)
    task = config.get("task")
    data, model, export = (config.get(key) or {} for key in ("data", "model", "export"))
    outputs = _stated_outputs(model)
    _, train = plan_stages(config.get("train"), config.get("optimizer"))
    problems += check_data(data, task)
    if isinstance(data, Mapping) and isinstance(data.get("target"), Mapping):
        problems += check_targets(data["target"], known_columns(data))
    problems += check_model(model, known_features(data))
    problems += _check_augment(data, model, task)
    problems += check_objectives(config.get("loss"), config.get("metrics"), outputs)
    problems += check_loss_weights(config.get("loss_weights"), config.get("loss"))
    problems += _check_optimizer(config.get("optimizer"))
    problems += train
    optimizer = config.get("optimizer")
    rate = optimizer.get("learning_rate") if isinstance(optimizer, Mapping) else None
    problems += check_callbacks(config.get("callbacks"), config.get("tracker"), rate)
    batch_size = data.get("batch_size", 32) if isinstance(data, Mapping) else None
    problems += check_strategy(config.get("strategy", "auto"), batch_size)
    problems += check_export(export)
    return say_renamed(dict.fromkeys(problems or _check_together(config)))


def _check_together(config: Mapping[str, Any]) -> list[Problem]:
    """Return what of a config does not fit together, though each group is right by itself."""
    data, model, loss, metrics = (
        config.get(key) or {} for key in ("data", "model", "loss", "metrics")
    )
    heads = heads_of(model)
    problems = check_heads(loss, metrics, heads, known_classes(data))
    problems += check_preprocess_facts(config)
    if (features := known_features(data)) is not None:
        problems += check_fed(model, features)
        problems += check_bucket(data, features, tuple(model.get("preprocess") or ()))
        problems += check_facts(config, features, known_targets(data))
    if model.get("class") is None:  # which may log what it likes
        validation = (data.get("split") or {}).get("validation") != 0
        logged = logged_names(metrics, tuple(heads), validation)
        problems += check_monitors(config.get("callbacks"), logged)
    stages, _ = plan_stages(config.get("train"), config["optimizer"])
    for stage in stages:
        problems += check_globs(stage.trainable, model["layers"], stage.path)
    return problems


def check_shapes(config: Mapping[str, Any]) -> list[Problem]:
    """Return everything that is wrong with a config, and where in its graph shapes disagree.

    The model is built, without its pretrained weights; the data is read where the model depends on
    it.

    Raises:
        RunError: the data cannot be read.
    """
    if problems := check(config):
        return problems
    try:
        build({**config, "model": without_pretrained(config["model"])})
    except ConfigError as error:
        return list(error.problems)
    return []


def _check_augment(data: Any, model: Any, task: Any) -> list[Problem]:
    if not isinstance(data, Mapping):
        return []
    preprocessed = isinstance(model, Mapping) and model.get("preprocess")
    features = None if preprocessed else known_features(data)
    numbered = known_numbered(data, task)
    return check_augment(data.get("augment"), features, known_targets(data), numbered=numbered)


def _check_optimizer(optimizer: Any) -> list[Problem]:
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
        GateError: a delivery disagrees with the model.
    """
    run.write_yaml("config.yaml", without_table(config))
    start_tensorflow()
    stages, _ = plan_stages(config.get("train"), config["optimizer"])
    _seed(config)
    strategy = build_node(config.get("strategy", "auto"), "strategy", "strategy")
    say(console, "run", display(run.directory))
    say(console, "strategy", f"{strategy.name}: {strategy.reason}")

    data = _open_data(config)
    problems = check_shares(data.batch_size, strategy.replicas)
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

    epochs = sum(stage.epochs for stage in stages)
    if config.get("stop_after") == "data":
        _show(_as_trained(config, data, epochs), run, console)
        return Trained(run, None, data, {})
    learnt = _learnt(config, data)
    facts = _facts(data, epochs, learnt)
    parts = _build(config, facts, data, strategy.scope)
    facts = {**facts, "preprocess": parts.facts}
    model, data = parts.core.model, _prepared(data, parts, learnt)
    console.print(model_table(model))
    console.print()

    data = _augmented(config, data, facts)
    try:
        fitted = fit(model, data, config, stages, facts, strategy, run.directory, console)
    except Exception as error:
        raise data.explain(error) or error from None
    say(console, "trained", _describe_training(fitted))
    expect_space(run.directory, sum(prod(v.shape) * 4 for v in model.variables) * 3)
    with run.writing("model.keras") as file:
        parts.served.save(file)
    run.write_arrays("samples.npz", representative_samples(data))
    plot_history(fitted.history, run.path("plots/history.png"))

    if strategy.replicas > 1:  # what is reported is what was saved, on one device
        model = core_of(load_model(run.path("model.keras"), config), model.name)
        compile_for_evaluation(model, config, facts)
    metrics = {
        split: evaluate(model, data, split, config) for split, size in data.sizes.items() if size
    }
    run.write_json("metrics.json", metrics)
    for target, counted in confusion_matrices(model, data, "test").items():
        only = len(data.targets) == 1
        file = run.path("plots/confusion.png" if only else f"plots/confusion_{target}.png")
        plot_confusion(*counted, file, title="" if only else target)
    console.print(result_table(metrics))
    say(console, "model", f"{display(run.path('model.keras'))}")
    deliveries = deliver(run, config.get("export") or {}, console)
    return Trained(run, model, data, metrics, tuple(deliveries))


def open_as_trained(config: Mapping[str, Any]) -> Any:
    """Open the data of a checked config, preprocessed and augmented as training would take it.

    What learns is not built.

    Raises:
        ConfigError: what only the data or Keras itself could show to be wrong.
        RunError: the data cannot be read.
    """
    start_tensorflow()
    stages, _ = plan_stages(config.get("train"), config["optimizer"])
    _seed(config)
    return _as_trained(config, _open_data(config), sum(stage.epochs for stage in stages))


def _as_trained(config: Mapping[str, Any], data: Any, epochs: int) -> Any:
    learnt = _learnt(config, data)
    facts = _facts(data, epochs, learnt)
    before = build_preprocess(config["model"], facts, partial(data.feature_batches, "train"))
    features = None
    if before:
        model = before.model
        taken = tuple(model.input)
        specs = {n: spec for n, spec in data.features.items() if n not in taken}
        specs |= _specs(model.output)

        def prepare(batch: Mapping[str, Any]) -> dict[str, Any]:
            return {**batch, **model({name: batch[name] for name in taken}, training=False)}

        features = Prepare(prepare, specs)
        facts = {**facts, "preprocess": before.entering.facts}
    prepared = data.prepared(features, learnt) if features or learnt else data
    return _augmented(config, prepared, facts)


def _show(data: Any, run: Run, console: Console) -> None:
    """Show data, and keep what is shown in the run's directory."""
    look = look_at(data)
    print_look(look, console)
    run.write_json("data.json", asdict(look))
    files = draw_samples(data, run.path("plots"))
    say(console, "drawn", ", ".join(display(file) for file in files))


def build(config: Mapping[str, Any]) -> Any:
    """Build what learns of a checked config's model; see `build_core`."""
    return build_core(config).model


def build_core(config: Mapping[str, Any]) -> Built:
    """Build what learns of a checked config's model; return it with the graph it was built from.

    The data set is read where the model depends on it. What stands before and behind is built too,
    so that it is known to fit.
    """
    start_tensorflow()
    _seed(config)
    if not depends_on_data(config["model"]):
        batches = _training_batches(config)  # a layer may adapt to them all the same
        return build_parts(config["model"], {}, batches, name=_model_name(config)).core
    data = _open_data(config)
    stages, _ = plan_stages(config.get("train"), config["optimizer"])
    epochs = sum(stage.epochs for stage in stages)
    return _build(config, _facts(data, epochs, _learnt(config, data)), data).core


_FROM_DATA = frozenset({"data", "train", "each"})
"""What in an expression is known when the data set has been read."""


def depends_on_data(model: Mapping[str, Any]) -> bool:
    """Tell whether a model can be built only when the data set has been read."""
    if model.get("preprocess") or not model.get("inputs"):
        return True
    return not _FROM_DATA.isdisjoint(names_within(model))


def _facts(data: Any, epochs: int, learnt: Prepare | None) -> dict[str, Any]:
    known = data.facts()["data"]
    if learnt:  # the graph says in which order classes come, if it does
        known.pop("class_names", None)
        known |= data.prepared(targets=learnt).facts()["data"]
    train = {"steps": data.steps_per_epoch * epochs, "epochs": epochs}
    return {"data": known, "train": train}


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
    return open_data(config["data"], task=config.get("task"), seed=config.get("seed", 1))


def _training_batches(config: Mapping[str, Any]) -> Batches:
    """Return batches of a config's training split; the data is read once, at the first wish."""

    @cache
    def opened() -> Any:
        if problems := check_data(config.get("data") or {}, config.get("task")):
            raise ConfigError(problems)
        data = _open_data(config)
        if problems := check_fed(config["model"], data.features):
            raise ConfigError(problems)
        return data

    return lambda names: opened().feature_batches("train", names)


def _build(
    config: Mapping[str, Any],
    facts: Mapping[str, Any],
    data: Any,
    scope: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Parts:
    if problems := check_model(config["model"], tuple(data.features)):
        raise ConfigError(problems)
    batches = partial(data.feature_batches, "train")
    name = _model_name(config)
    return build_parts(config["model"], facts, batches, fills=data.fills, name=name, scope=scope)


def _learnt(config: Mapping[str, Any], data: Any) -> Prepare | None:
    """Return what makes the targets of the table's columns, None where they are columns."""
    graph = config["data"].get("target")
    if not isinstance(graph, Mapping):
        return None
    columns = {n: {"shape": list(s.shape), "dtype": s.dtype} for n, s in data.targets.items()}
    model = build_targets(graph, columns, data.facts(), partial(data.target_batches, "train"))
    taken: list[str] = list(model.input)

    def made(batch: Mapping[str, Any]) -> dict[str, Any]:
        return model({name: batch[name] for name in taken})

    specs = _specs(dict[str, Any](model.output))
    return Prepare(made, specs, _class_names(model, data))


def _class_names(model: Any, data: Any) -> dict[str, tuple[str, ...]]:
    """Return the names of the classes that a graph of targets makes of its only column's."""
    import numpy as np
    import tensorflow as tf

    column, *others = model.input
    if others or column not in data.class_rows:
        return {}
    names, rows = data.class_rows[column]
    made = model({column: tf.convert_to_tensor(rows)})
    carried = {target: carried_names(np.asarray(places), names) for target, places in made.items()}
    return {target: each for target, each in carried.items() if each}


def _prepared(data: Any, parts: Parts, learnt: Prepare | None) -> Any:
    """Return the data as what learns takes it: preprocessed in the input pipeline."""
    features = Prepare(parts.prepare, _specs(parts.entering)) if parts.preprocess else None
    return data.prepared(features, learnt) if features or learnt else data


def _specs(tensors: Mapping[str, Any]) -> dict[str, TensorSpec]:
    return {n: TensorSpec(tuple(t.shape[1:]), str(t.dtype)) for n, t in tensors.items()}


def _augmented(config: Mapping[str, Any], data: Any, facts: Mapping[str, Any]) -> Any:
    """Return the data with its training batches augmented, where the config says so."""
    augment = config["data"].get("augment")
    if not augment:
        return data
    known = data.facts()["data"]
    targets = {
        name: {**known["targets"][name], "dtype": s.dtype} for name, s in data.targets.items()
    }
    if problems := check_augment(augment, tuple(data.features), tuple(targets)):
        raise ConfigError(problems)
    run = build_augment(augment, known["features"], targets, facts, config.get("seed", 1))
    return data.augmented(Augment(run))


def _model_name(config: Mapping[str, Any]) -> str:
    """Spell a run's name with what TensorFlow takes in names, unlike what stands beside it."""
    name = re.sub(r"\W", "_", str(config.get("name") or "model"), flags=re.ASCII)
    plain = name[0].isalpha() and name not in ("preprocess", "postprocess")
    return name if plain else f"model_{name}"


def _describe_training(fitted: Fitted) -> str:
    epochs = len(fitted.history["loss"])
    best = f"; the best was epoch {fitted.best_epoch}" if fitted.best_epoch else ""
    return f"{epochs} epochs in {fitted.seconds:.1f} s{best}"
