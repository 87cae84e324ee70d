"""`data.augment`: a graph over what enters the model, run on training batches only.

A chain without `inputs` starts at the only feature. Each end of the graph replaces the input that
it started from. Keras's image layers that work on several things at once take them as one mapping
(`inputs: {images: image, labels: label}`, `segmentation_masks`); each then replaces its own.

What is random depends on the seed and on the number of the step, and on nothing else: the same
seed gives the same batches, whatever runs in parallel and from wherever a run goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.build import build_model
from kerascfg.model.chains import Chains, chains_of
from kerascfg.model.check import check_model
from kerascfg.model.wiring import base_of, ordered_nodes

if TYPE_CHECKING:
    import keras

_MASKS = "segmentation_masks"
_MIXING = ("MixUp", "CutMix")
"""Layers that mix the answers of samples, and so need answers that can be mixed."""

Run = Callable[[Mapping[str, Any], Any], dict[str, Any]]
"""A batch by name and the number of the step -> what replaces some of its tensors."""


def check_augment(
    augment: Any,
    features: tuple[str, ...] | None,
    targets: Iterable[str],
    path: str = "data.augment",
    numbered: Collection[str] = (),
) -> list[Problem]:
    """Return what is wrong with an augmentation.

    Args:
        augment: a mapping `name: node`, or None.
        features: names of what enters the model, None where only the data would tell.
        targets: names of what it learns.
        path: where the augmentation stands in the config.
        numbered: those of the targets that are known to be numbers of classes.
    """
    if not augment:
        return []
    if not isinstance(augment, Mapping):
        said = f"expected a mapping `name: node`. Received: {augment!r}"
        return [Problem(path, said)]
    _, problems = ordered_nodes(augment, path)
    if problems:
        return _placed(problems, path)
    chains = chains_of(augment, features, tuple(targets))
    said = dict.fromkeys(numbered, "which is the number of a class")
    if problems := _check_mixing(chains.layers, said, path):
        return problems
    known = None if features is None else chains.sources
    model = {"layers": chains.layers, "outputs": list(chains.replaced.values())}
    if features is not None and not chains.replaced:
        listed = ", ".join(features)
        said = f"expected `inputs` that lead back to a feature ({listed}). Received: none that do"
        return [Problem(path, said)]
    if features is None:
        model.pop("outputs")  # what the chains start from has no name yet
    return _placed(check_model(model, known, path), path)


def build_augment(
    augment: Mapping[str, Any],
    features: Mapping[str, Mapping[str, Any]],
    targets: Mapping[str, Mapping[str, Any]],
    facts: Mapping[str, Any],
    seed: int,
    path: str = "data.augment",
) -> Run:
    """Build the function that augments a batch.

    Args:
        augment: a mapping `name: node`, without problems.
        features: feature -> its `shape` and `dtype`.
        targets: target -> its `shape` and `dtype`.
        facts: what is known of the data, for expressions.
        seed: seed of what is random.
        path: where the augmentation stands in the config.

    Returns:
        A function of a batch `{name: (batch, ...)}` and the number of its step, which returns the
        tensors that replace those of the batch, in their shape and dtype.

    Raises:
        ConfigError: the graph cannot be built, changes a shape, or mixes answers that are numbers
            of classes.
    """
    import tensorflow as tf

    chains = chains_of(augment, tuple(features), tuple(targets))
    known = {**features, **targets}
    flat = _flat_masks(chains, known)
    channel = {name: {**known[name], "shape": [*known[name]["shape"], 1]} for name in flat}
    known = {**known, **channel}
    model = {
        "inputs": {name: dict(known[name]) for name in chains.sources},
        "layers": chains.layers,
        "outputs": list(chains.replaced.values()),
    }
    unmixed = {
        name: f"of shape {list(spec['shape'])} and dtype {spec['dtype']}"
        for name, spec in targets.items()
        if not spec["shape"] or not str(spec["dtype"]).startswith("float")
    }
    if problems := _check_mixing(chains.layers, unmixed, path):
        raise ConfigError(problems)
    try:
        with tf.device("CPU:0"):  # where the input pipeline runs
            built = build_model(model, facts, name="augment", path=path)
    except ConfigError as error:
        raise ConfigError(_placed(error.problems, path)) from error
    _refuse_changes(built, chains, known, path)
    return _without_channel(_seeded(built, chains, known, seed), flat)


def _flat_masks(chains: Chains, known: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Return the masks `(height, width)`; Keras's layers expect a channel, as images have."""
    taken = (node["inputs"] for node in chains.layers.values() if "inputs" in node)
    data = (inputs["data"] for inputs in taken if isinstance(inputs, Mapping) and "data" in inputs)
    masks = {str(each.get(_MASKS)) for each in data if isinstance(each, Mapping)}
    return frozenset(name for name in masks & known.keys() if len(known[name]["shape"]) == 2)


def _without_channel(run: Run, flat: frozenset[str]) -> Run:
    """Return a function that gives some masks a channel and takes it away again."""
    import tensorflow as tf

    def run_flat(batch: Mapping[str, Any], step: Any) -> dict[str, Any]:
        deep = {n: tf.expand_dims(v, -1) if n in flat else v for n, v in batch.items()}
        made = run(deep, step)
        return {n: tf.squeeze(v, -1) if n in flat else v for n, v in made.items()}

    return run_flat if flat else run


def _check_mixing(
    layers: Mapping[str, Any], unmixed: Mapping[str, str], path: str
) -> list[Problem]:
    """Return where answers are mixed that cannot be: between two classes' numbers is another class.

    Args:
        layers: the nodes of the graph.
        unmixed: such a target -> what it is.
        path: where the augmentation stands in the config.
    """
    problems = []
    for name, node in layers.items():
        inputs = node.get("inputs")
        data = inputs.get("data") if isinstance(inputs, Mapping) else None
        labels = str(data.get("labels")) if isinstance(data, Mapping) else ""
        if str(node.get("type")).rpartition(".")[2] in _MIXING and labels in unmixed:
            problems.append(
                Problem(
                    f"{path}.{name}.inputs.labels",
                    "expected one-hot answers, which can be mixed. "
                    f"Received: {labels}, {unmixed[labels]}",
                    hint="encode them: data.target: {NAME: {op: one_hot, inputs: "
                    f"{labels}, num_classes: $data.classes}}}}, with "
                    "loss.type=CategoricalCrossentropy",
                )
            )
    return problems


def _refuse_changes(
    built: keras.Model, chains: Chains, known: Mapping[str, Mapping[str, Any]], path: str
) -> None:
    """Refuse what does not fit in the place of what it replaces.

    Raises:
        ConfigError: an output has another shape.
    """
    problems = []
    for (name, reference), tensor in zip(chains.replaced.items(), built.outputs, strict=True):
        stated, made = list(known[name]["shape"]), list(tensor.shape[1:])
        if stated != made:
            message = (
                f"expected the shape of `{name}`, {stated}, which it replaces while training. "
                f"Received: {made}"
            )
            hint = "what every sample goes through, at prediction too, belongs into the model"
            problems.append(Problem(f"{path}.{base_of(reference)}", message, hint=hint))
    if problems:
        raise ConfigError(problems)


def _seeded(
    built: keras.Model, chains: Chains, known: Mapping[str, Mapping[str, Any]], seed: int
) -> Run:
    """Return the model as a function without state: its seeds follow from the step."""
    import keras
    import tensorflow as tf

    trainable = [variable.value for variable in built.trainable_variables]
    names = [str(tensor.name) for tensor in built.inputs]

    def state(at: int, variable: Any, step: Any) -> Any:
        if variable.name != "seed_generator_state":
            return variable.value
        drawn = tf.random.stateless_uniform(
            variable.shape,
            (seed * 1000 + at, step),
            None,  # type: ignore[arg-type] # any whole number
            None,
            tf.int32,
        )
        return tf.cast(drawn, variable.dtype)

    def run(batch: Mapping[str, Any], step: Any) -> dict[str, Any]:
        states = [state(at, v, step) for at, v in enumerate(built.non_trainable_variables)]
        given = {name: batch[name] for name in names}
        fed = given if isinstance(built.input, Mapping) else given[names[0]]
        made = built.stateless_call(trainable, states, fed, training=True)[0]
        return {
            name: tf.ensure_shape(_as(tensor, known[name]["dtype"]), batch[name].shape)
            for name, tensor in zip(chains.replaced, keras.tree.flatten(made), strict=True)
        }

    return run


def _as(tensor: Any, dtype: str) -> Any:
    """Return a tensor in the dtype of what it replaces; pixels stay the nearest whole numbers."""
    import tensorflow as tf

    wanted = tf.as_dtype(dtype)
    if tensor.dtype == wanted:
        return tensor
    if wanted.is_integer and tensor.dtype.is_floating:
        return tf.saturate_cast(tf.round(tensor), wanted)
    return tf.cast(tensor, wanted)


def _placed(problems: Iterable[Problem], path: str) -> list[Problem]:
    """Say where the problems of the graph are in the config, which has no key `layers` there."""
    return [
        replace(
            problem,
            path=problem.path.replace(f"{path}.layers", path, 1),
            fix=problem.fix and problem.fix.replace(f"{path}.layers", path),
        )
        for problem in problems
    ]
