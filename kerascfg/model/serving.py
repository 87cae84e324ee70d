"""The model that is served: features in, answers out, with what was trained inside.

It takes and returns mappings by name. Inside it are the models `preprocess` and `postprocess`,
where the config has them, and the trained model under its own name. They share their layers with
those of training: what is served is what was trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerascfg.model.adapt import Batches
from kerascfg.model.build import Built, build_graph
from kerascfg.model.filling import with_filled
from kerascfg.model.inputs import input_tensors
from kerascfg.model.parts import POSTPROCESS, PREPROCESS
from kerascfg.model.ports import arranged, inputs_of, outputs_of, specs_of
from kerascfg.model.preprocess import build_postprocess, build_preprocess

if TYPE_CHECKING:
    import keras

_SERVED = "_served"
"""What the name of a served model adds to that of what learns in it."""
CORE = "core"
"""What `parts_of` calls what learns."""


@dataclass(frozen=True)
class Parts:
    """The built parts of a model.

    Attributes:
        core: what learns.
        served: what is served; the core itself where nothing stands before or behind it.
        preprocess: features -> inputs of the core, by name, or None; what is served may have one
            that only fills gaps.
        facts: node of `preprocess` -> what `$preprocess.NODE` tells of it.
    """

    core: Built
    served: keras.Model
    preprocess: keras.Model | None
    facts: Mapping[str, Mapping[str, Any]]

    @property
    def entering(self) -> dict[str, Any]:
        """Return what the core takes: name -> symbolic tensor."""
        return inputs_of(self.core.model)

    def prepare(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """Make of a batch of features what the core takes, as when the model is served."""
        return prepared(self.preprocess, features, tuple(self.entering))


def build_parts(
    model: Mapping[str, Any],
    facts: Mapping[str, Any],
    batches: Batches | None,
    *,
    fills: Mapping[str, Any] | None = None,
    name: str = "model",
    path: str = "model",
    scope: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Parts:
    """Build a model with what stands before and behind it.

    Args:
        model: the group `model`, without problems.
        facts: what is known of the data.
        batches: returns batches of the named features of the training split.
        fills: feature -> what its gaps are filled with, where it is served as in these batches.
        name: name of what learns.
        path: where the model stands in the config.
        scope: the context in which what learns gets its variables.

    Raises:
        ConfigError: a graph does not fit the data or the others, or Keras refuses a node.
    """
    before = build_preprocess(model, facts, batches, path, fills)
    preprocess = before.model if before else None

    def entering(names: tuple[str, ...]) -> Any:
        assert batches is not None
        raw = {*(preprocess.input if preprocess else ()), *names} & set(facts["data"]["features"])
        return batches(tuple(sorted(raw))).map(lambda given: prepared(preprocess, given, names))

    with scope():
        core = build_graph(
            model,
            facts,
            batches=entering if preprocess and batches else batches,
            name=name,
            path=path,
            preprocessed=before.entering if before else None,
        )
        known = before.entering.facts if before else {}
        postprocess = build_postprocess(model, {**facts, PREPROCESS: known}, core, path)
        features = facts.get("data", {}).get("features", {})
        front = with_filled(preprocess, core.model, features, fills or {})
        served = serve(core, features, front, postprocess)
    return Parts(core, served, preprocess, known)


def prepared(
    preprocess: keras.Model | None, features: Mapping[str, Any], names: tuple[str, ...]
) -> dict[str, Any]:
    """Return the named ones among a batch of features and what is preprocessed of them."""
    made = dict(features)
    if preprocess:
        made |= preprocess({name: features[name] for name in preprocess.input}, training=False)
    return {name: made[name] for name in names}


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
    if preprocess is None and postprocess is None:
        return core.model
    return joined(core.model, list(outputs_of(core)), features, preprocess, postprocess)


def core_of(served: keras.Model, name: str) -> keras.Model:
    """Return what learns inside a model that is served, which may be that itself.

    Args:
        served: from `serve`.
        name: name of what learns.
    """
    return served if served.name == name else served.get_layer(name)


def learnt_outputs(served: keras.Model) -> list[str] | None:
    """Return the names of the outputs that were learnt from targets, None where all were.

    The others are what `postprocess` made of such.
    """
    post = parts_of(served).get(POSTPROCESS)
    return None if post is None else [name for name in served.output if name not in post.output]


def parts_of(served: keras.Model) -> dict[str, keras.Model]:
    """Return the models inside a served one: none where it is what learns itself."""
    import keras

    inside = {layer.name: layer for layer in served.layers if isinstance(layer, keras.Model)}
    cores = [name for name in inside if served.name == f"{name}{_SERVED}"]
    if not cores:
        return {}
    beside = {name: inside[name] for name in (PREPROCESS, POSTPROCESS) if name in inside}
    return {**beside, CORE: inside[cores[0]]}


def joined(
    core: keras.Model,
    outputs: list[str],
    features: Mapping[str, Mapping[str, Any]],
    preprocess: keras.Model | None,
    postprocess: keras.Model | None,
) -> keras.Model:
    """Join what learns with what stands before and behind it, in a model by names.

    Args:
        core: what learns.
        outputs: names of its outputs.
        features: name -> `shape` and `dtype` of what may enter.
        preprocess: what stands before it.
        postprocess: what stands behind it.
    """
    import keras

    before = dict(preprocess.input) if preprocess else {}
    made = dict(preprocess.output) if preprocess else {}
    raw = {*before, *(name for name in inputs_of(core) if name not in made)}
    described = {**specs_of(inputs_of(core)), **features}  # a model may state its inputs
    entering = input_tensors({name: described[name] for name in described if name in raw}, "model")
    given = prepared(preprocess, entering, tuple(inputs_of(core)))
    answers = core(arranged(core, given))
    if not isinstance(answers, Mapping):
        answers = dict.fromkeys(outputs, answers)
    if postprocess:
        answers = answered(postprocess, answers)
    return keras.Model(entering, dict(answers), name=f"{core.name}{_SERVED}")


def answered(postprocess: keras.Model, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `postprocess` makes of outputs, and those that it does not take."""
    taken = dict(postprocess.input)
    ends = postprocess({name: outputs[name] for name in taken})
    return {**{name: outputs[name] for name in outputs if name not in taken}, **ends}
