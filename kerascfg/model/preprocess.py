"""Build `preprocess` and `postprocess`, and join them to what learns: the model that is served.

The served model takes and returns mappings by name. Inside it are the models `preprocess` and
`postprocess`, where the config has them, and the trained model under its own name. They share
their layers with those used in training: what is served is what was trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.adapt import Batches
from kerascfg.model.build import Builder, Built, Preprocessed, taken_by
from kerascfg.model.expand import expand_model
from kerascfg.model.inputs import input_tensors
from kerascfg.model.parts import POSTPROCESS, PREPROCESS, named_in, nodes_of, wire_layers
from kerascfg.model.wiring import EVERY_END

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
) -> Preprocess | None:
    """Build `preprocess` of a model, its layers adapted to the training split.

    Args:
        model: the group `model`, without problems.
        facts: what is known of the data; its features enter.
        batches: returns batches of the named features of the training split.
        path: where the model stands in the config.

    Returns:
        None where the model has no `preprocess`.

    Raises:
        ConfigError: the graph does not fit the features, or Keras refuses a node.
    """
    nodes = nodes_of(model, PREPROCESS)
    if not nodes:
        return None
    features = facts["data"]["features"]
    wiring, problems = wire_layers(model, tuple(features), path)
    if wiring is None:
        raise ConfigError(problems)
    leaving = list(named_in(wiring, nodes))
    graph = expand_model(model, tuple(features), facts, path, key=PREPROCESS, outputs=leaving)
    builder = Builder(taken_by(graph, input_tensors(features, path)), batches)
    made = builder.build(graph, PREPROCESS, path, by_name=True)
    if missing := [name for name in graph.outputs if name not in made.output]:
        raise ConfigError([_several_outputs(name, made.output, path) for name in missing])
    sizes = {
        name: {"vocabulary_size": int(layer.vocabulary_size())}
        for name, (layer, _) in builder.layers.items()
        if hasattr(layer, "vocabulary_size")
    }
    return Preprocess(made, Preprocessed(graph.leaving, specs_of(made.output), sizes))


def build_postprocess(
    model: Mapping[str, Any], facts: Mapping[str, Any], core: Built, path: str = "model"
) -> keras.Model | None:
    """Build `postprocess` of a model, behind the outputs of what learns.

    Returns:
        A model that takes and returns tensors by name; None where the config has none.

    Raises:
        ConfigError: the graph does not fit the outputs, or Keras refuses a node.
    """
    import keras

    if not nodes_of(model, POSTPROCESS):
        return None
    outputs = named_outputs(core)
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
    return Builder(taken_by(graph, entering), None).build(graph, POSTPROCESS, path, by_name=True)


def serve(
    core: Built,
    features: Mapping[str, Mapping[str, Any]],
    preprocess: keras.Model | None,
    postprocess: keras.Model | None,
) -> keras.Model:
    """Join the parts to the model that is served; without others it is what learns itself.

    Args:
        core: what learns.
        features: feature -> its `shape` and `dtype`.
        preprocess: what stands before it.
        postprocess: what stands behind it.

    Returns:
        A model from features by name to answers by name: what `postprocess` ends in, and the
        outputs that it does not take.
    """
    import keras

    if preprocess is None and postprocess is None:
        return core.model
    before = dict(preprocess.input) if preprocess else {}
    own = inputs_of(core.model)
    raw = {*before, *(name for name in own if not preprocess or name not in preprocess.output)}
    entering = {
        name: tensor
        for name, tensor in input_tensors(features, "data.features").items()
        if name in raw
    }
    given = dict(entering)
    if preprocess:
        given |= preprocess({name: entering[name] for name in before})
    made = core.model(_arranged(core.model, given))
    outputs = dict(made) if isinstance(made, Mapping) else {next(iter(core.graph.outputs)): made}
    if postprocess:
        taken = dict(postprocess.input)
        answers = postprocess({name: outputs[name] for name in taken})
        outputs = {**{k: v for k, v in outputs.items() if k not in taken}, **answers}
    return keras.Model(entering, outputs, name=f"{core.model.name}_served")


def core_of(served: keras.Model, name: str) -> keras.Model:
    """Return what learns inside a model that is served, which may be that itself.

    Args:
        served: from `serve`.
        name: name of what learns.
    """
    return served if served.name == name else served.get_layer(name)


def inputs_of(model: keras.Model) -> list[str]:
    """Return the names of a model's inputs."""
    return list(model.input) if isinstance(model.input, Mapping) else [model.inputs[0].name]


def named_outputs(core: Built) -> dict[str, Any]:
    """Return the symbolic outputs of what learns, by name."""
    output = core.model.output
    return dict(output) if isinstance(output, Mapping) else {next(iter(core.graph.outputs)): output}


def specs_of(tensors: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the shapes, without the batch, and the dtypes of symbolic tensors."""
    return {
        name: {"shape": list(tensor.shape[1:]), "dtype": str(tensor.dtype)}
        for name, tensor in tensors.items()
    }


def _arranged(model: keras.Model, tensors: Mapping[str, Any]) -> Any:
    names = inputs_of(model)
    if isinstance(model.input, Mapping):
        return {name: tensors[name] for name in names}
    return tensors[names[0]]


def _several_outputs(name: str, made: Mapping[str, Any], path: str) -> Problem:
    several = ", ".join(key for key in made if key.startswith(f"{name}_"))
    return Problem(
        f"{path}.{PREPROCESS}.{name}",
        f"expected a node with one output, since it enters `layers`. Received: {several}",
    )
