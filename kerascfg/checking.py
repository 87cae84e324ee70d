"""Everything that can be said against a config before anything heavy is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kerascfg.config.check import check_keys
from kerascfg.config.upgrade import say_renamed
from kerascfg.data import (
    check_bucket,
    check_data,
    check_facts,
    known_classes,
    known_columns,
    known_features,
    known_numbered,
    known_targets,
)
from kerascfg.errors import ConfigError, Problem
from kerascfg.exporting import check_export, read_gate
from kerascfg.model import (
    check_augment,
    check_fed,
    check_model,
    check_preprocess_facts,
    check_targets,
    heads_of,
    without_pretrained,
)
from kerascfg.naming import check_node, split_node
from kerascfg.strategy.check import check_steps, check_strategy
from kerascfg.training import (
    Stage,
    check_callbacks,
    check_globs,
    check_heads,
    check_loss_weights,
    check_monitors,
    check_objectives,
    check_one_device,
    check_rollback,
    logged_names,
    plan_stages,
    read_checkpoint,
)

if TYPE_CHECKING:
    pass


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
    problems += train + read_checkpoint(config.get("checkpoint"))[1]
    optimizer = config.get("optimizer")
    rate = optimizer.get("learning_rate") if isinstance(optimizer, Mapping) else None
    problems += check_callbacks(config.get("callbacks"), config.get("tracker"), rate)
    batch_size = data.get("batch_size", 32) if isinstance(data, Mapping) else None
    problems += check_strategy(config.get("strategy", "auto"), batch_size)
    problems += check_one_device(config)
    problems += check_export(export) + read_gate(config.get("gate"), export)[1]
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
    problems += check_rollback(config.get("train"), config.get("callbacks"))
    stages, _ = plan_stages(config.get("train"), config["optimizer"])
    for stage in stages:
        problems += check_globs(stage.trainable, model["layers"], stage.path)
    return problems + _check_devices(config.get("strategy"), model["layers"], stages)


def _check_devices(strategy: Any, layers: Any, stages: tuple[Stage, ...]) -> list[Problem]:
    """Return what does not fit a strategy: optimizers, and layouts of layers that are not there."""
    name, arguments = split_node(strategy or "auto") or ("", {})
    devices = arguments.get("logical_devices") or arguments.get("devices")
    optimizers = {stage.optimizer_path: stage.optimizer for stage in stages}
    problems = check_steps(name, devices, optimizers)
    for glob in arguments.get("layout") or {}:
        found = check_globs((glob.split("/")[0],), layers, "strategy")
        problems += [replace(problem, path=f"strategy.layout.{glob}") for problem in found]
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
    from kerascfg.assembly import build_core

    try:
        build_core({**config, "model": without_pretrained(config["model"])})
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
