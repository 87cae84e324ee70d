"""Build the graphs in front of what learns and behind it: `preprocess` and `postprocess`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.adapt import Batches
from kerascfg.model.build import Builder, Built, Preprocessed, taken_by
from kerascfg.model.expand import expand_model
from kerascfg.model.filling import filled
from kerascfg.model.inputs import input_tensors
from kerascfg.model.parts import POSTPROCESS, PREPROCESS, named_in, nodes_of, wire_layers
from kerascfg.model.ports import outputs_of, specs_of
from kerascfg.model.wiring import EVERY_END
from kerascfg.naming import expressions_in

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Preprocess:
    """The built `preprocess` of a model.

    Attributes:
        model: features -> what `layers` names, both by name.
        entering: what that is to `build_graph`.
    """

    model: keras.Model
    entering: Preprocessed


def build_preprocess(
    model: Mapping[str, Any],
    facts: Mapping[str, Any],
    batches: Batches | None,
    path: str = "model",
    fills: Mapping[str, Any] | None = None,
) -> Preprocess | None:
    """Build `preprocess` of a model, its layers adapted to the training split.

    Args:
        model: the group `model`, without problems.
        facts: what is known of the data; its features enter.
        batches: returns batches of the named features of the training split.
        path: where the model stands in the config.
        fills: feature -> what its gaps are filled with, before all else.

    Returns:
        None where the model has no `preprocess`.

    Raises:
        ConfigError: the graph does not fit the features, Keras refuses a node, or one would have
            to be trained.
    """
    nodes = nodes_of(model, PREPROCESS)
    if not nodes:
        return None
    features = facts["data"]["features"]
    wiring, problems = wire_layers(model, tuple(features), path)
    if wiring is None:
        raise ConfigError(problems)
    leaving = list(named_in(wiring, nodes))
    graph = expand_model(
        _without_late_args(model), tuple(features), facts, path, key=PREPROCESS, outputs=leaving
    )
    builder = Builder(taken_by(graph, input_tensors(features, path)), batches)
    builder.tensors |= filled(builder.entering, fills or {})
    made = builder.build(graph, PREPROCESS, path, by_name=True)
    _refuse_learning(builder)
    leaves: Any = made.output
    if missing := [name for name in graph.outputs if name not in leaves]:
        raise ConfigError([_several_outputs(name, leaves, path) for name in missing])
    sizes = {
        name: {"vocabulary_size": int(layer.vocabulary_size())}
        for name, (layer, _) in builder.layers.items()
        if hasattr(layer, "vocabulary_size")
    }
    return Preprocess(made, Preprocessed(graph.leaving, specs_of(leaves), sizes))


def build_postprocess(
    model: Mapping[str, Any], facts: Mapping[str, Any], core: Built, path: str = "model"
) -> keras.Model | None:
    """Build `postprocess` of a model, behind the outputs of what learns.

    Returns:
        A model that takes and returns tensors by name; None where the config has none.

    Raises:
        ConfigError: the graph does not fit the outputs, Keras refuses a node, or one would have to
            be trained.
    """
    import keras

    if not nodes_of(model, POSTPROCESS):
        return None
    outputs = outputs_of(core)
    entering = {
        name: keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=name)
        for name, tensor in outputs.items()
    }
    graph = expand_model(
        model,
        tuple(outputs),
        facts,
        path,
        key=POSTPROCESS,
        outputs=EVERY_END,
        entering=core.graph.leaving,
    )
    builder = Builder(taken_by(graph, entering), None)
    made = builder.build(graph, POSTPROCESS, path, by_name=True)
    _refuse_learning(builder)
    return made


def _without_late_args(model: Mapping[str, Any]) -> dict[str, Any]:
    """Leave away the model's arguments that ask for what `preprocess` tells when it is built."""
    late = {
        at.split(".")[0]
        for at, expression in expressions_in(model.get("args") or {}, "")
        if f"{PREPROCESS}." in expression
    }
    return {**model, "args": {k: v for k, v in (model.get("args") or {}).items() if k not in late}}


def _refuse_learning(builder: Builder) -> None:
    """Refuse layers whose weights would stay as they were drawn: training never reaches them.

    Raises:
        ConfigError: names the nodes.
    """
    import keras

    problems = []
    for node in builder.nodes:
        layer, _ = builder.layers.get(node.name, (None, None))
        if node.kind == "share" or layer is None or not layer.trainable_variables:
            continue
        if node.kind == "type" and isinstance(layer, keras.Model):
            continue  # a backbone, which comes trained
        weights = sum(prod(variable.shape) for variable in layer.trainable_variables)
        what = f"{type(layer).__name__} with {weights:,} weights to train"
        problems.append(
            Problem(
                node.path,
                f"expected a layer that is never trained, since only `layers` learns. "
                f"Received: {what}",
                hint="put it into `layers`; or state `trainable: false` where it is to stay as "
                "it is made",
            )
        )
    if problems:
        raise ConfigError(problems)


def _several_outputs(name: str, made: Mapping[str, Any], path: str) -> Problem:
    several = ", ".join(key for key in made if key.startswith(f"{name}_"))
    return Problem(
        f"{path}.{PREPROCESS}.{name}",
        f"expected a node with one output, since it enters `layers`. Received: {several}",
    )
