"""Where data and model meet: read, preprocessed, built.

The data needs the model's `preprocess`, the model the data's facts. Training, `show` and a look at
the data each take as much of both as they need.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from kerascfg.classes import carried_names
from kerascfg.data import (
    Augment,
    Prepare,
    TensorSpec,
    check_data,
    open_data,
)
from kerascfg.errors import ConfigError
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
)
from kerascfg.naming import names_within
from kerascfg.quiet import start_tensorflow
from kerascfg.training import (
    plan_stages,
)

if TYPE_CHECKING:
    pass


def seed(config: Mapping[str, Any]) -> None:
    """Seed Keras, NumPy and Python by a config, and hold TensorFlow to equal results if asked."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(config.get("seed", 1))
    if config.get("deterministic"):
        tf.config.experimental.enable_op_determinism()


def open_data_of(config: Mapping[str, Any]) -> Any:
    """Read the data of a checked config.

    Raises:
        ConfigError: the config does not fit the data.
        RunError: the data cannot be read.
    """
    return open_data(config["data"], task=config.get("task"), seed=config.get("seed", 1))


@dataclass(frozen=True)
class Assembled:
    """A config's data and model, made for each other.

    Attributes:
        data: the data as what learns takes it: preprocessed, training batches augmented.
        parts: the model: what learns, and what is served.
        facts: what expressions may use.
    """

    data: Any
    parts: Parts
    facts: Mapping[str, Any]


def assemble(
    config: Mapping[str, Any],
    data: Any,
    scope: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Assembled:
    """Build the model of a checked config for its data, and prepare the data for the model.

    Args:
        config: the composed config, without problems.
        data: its data, as read.
        scope: the context in which what learns gets its variables.

    Raises:
        ConfigError: what only the data or Keras itself could show to be wrong.
    """
    learnt = _learnt(config, data)
    facts = _facts(config, data, learnt)
    parts = _build(config, facts, data, scope)
    facts = {**facts, "preprocess": parts.facts}
    features = Prepare(parts.prepare, _specs(parts.entering)) if parts.preprocess else None
    return Assembled(_augmented(config, _prepared(data, features, learnt), facts), parts, facts)


def as_trained(config: Mapping[str, Any], data: Any) -> Any:
    """Return data as training would take it, without building what learns.

    Args:
        config: the composed config, without problems.
        data: its data, as read.

    Raises:
        ConfigError: what only the data or Keras itself could show to be wrong.
    """
    learnt = _learnt(config, data)
    facts = _facts(config, data, learnt)
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
    return _augmented(config, _prepared(data, features, learnt), facts)


def open_as_trained(config: Mapping[str, Any]) -> Any:
    """Read the data of a checked config, and return it as training would take it.

    Raises:
        ConfigError: what only the data or Keras itself could show to be wrong.
        RunError: the data cannot be read.
    """
    start_tensorflow()
    seed(config)
    return as_trained(config, open_data_of(config))


def build_core(config: Mapping[str, Any]) -> Built:
    """Build what learns of a checked config's model; return it with the graph it was built from.

    The data set is read where the model depends on it. What stands before and behind is built too,
    so that it is known to fit.
    """
    start_tensorflow()
    seed(config)
    if not depends_on_data(config["model"]):
        batches = _training_batches(config)  # a layer may adapt to them all the same
        return build_parts(config["model"], {}, batches, name=_model_name(config)).core
    data = open_data_of(config)
    return _build(config, _facts(config, data, _learnt(config, data)), data).core


_FROM_DATA = frozenset({"data", "train", "each"})
"""What in an expression is known when the data set has been read."""


def depends_on_data(model: Mapping[str, Any]) -> bool:
    """Tell whether a model can be built only when the data set has been read."""
    if model.get("preprocess") or not model.get("inputs"):
        return True
    return not _FROM_DATA.isdisjoint(names_within(model))


def _facts(config: Mapping[str, Any], data: Any, learnt: Prepare | None) -> dict[str, Any]:
    known = data.facts()["data"]
    if learnt:  # the graph says in which order classes come, if it does
        known.pop("class_names", None)
        known |= data.prepared(targets=learnt).facts()["data"]
    stages, _ = plan_stages(config.get("train"), config["optimizer"])
    epochs = sum(stage.epochs for stage in stages)
    train = {"steps": data.steps_per_epoch * epochs, "epochs": epochs}
    return {"data": known, "train": train}


def _training_batches(config: Mapping[str, Any]) -> Batches:
    """Return batches of a config's training split; the data is read once, at the first wish."""

    @cache
    def opened() -> Any:
        if problems := check_data(config.get("data") or {}, config.get("task")):
            raise ConfigError(problems)
        data = open_data_of(config)
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


def _prepared(data: Any, features: Prepare | None, learnt: Prepare | None) -> Any:
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
