"""A served model divided, for a target that cannot hold all of it.

What stands before the target's part runs outside (strings, decoding), and so does `postprocess`
where the target cannot hold it. The parts share their layers with the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kerascfg.model.inputs import input_tensors
from kerascfg.model.parts import POSTPROCESS, PREPROCESS
from kerascfg.model.ports import inputs_of, specs_of
from kerascfg.model.serving import CORE, answered, joined, parts_of

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Division:
    """A served model in up to three parts, which one after the other answer what it answers.

    Attributes:
        held: what the target holds.
        before: raw features -> what `held` takes, None where it takes the raw features.
        behind: what `held` returns -> answers, None where it returns the answers.
        starts: input of `held` -> the kind of the node of `preprocess` that makes it.
        ends: node of `postprocess` -> its kind, where that is `behind`.
    """

    held: keras.Model
    before: keras.Model | None = None
    behind: keras.Model | None = None
    starts: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)


def part_nodes(
    served: keras.Model, part: str, kinds: Collection[str] | None = None
) -> dict[str, str]:
    """Return the nodes of `preprocess` or `postprocess`, each with the name of its class.

    Args:
        served: from `serve`, or loaded.
        part: `preprocess` or `postprocess`.
        kinds: names of classes; only nodes that are of one, or hold a layer that is. None for all.
    """
    import keras

    model = parts_of(served).get(part)
    found = {}
    for operation in model.operations if model else ():
        if isinstance(operation, keras.layers.InputLayer):
            continue
        inside = operation._flatten_layers() if isinstance(operation, keras.Layer) else [operation]
        names = {base.__name__ for each in inside for base in type(each).__mro__}
        if kinds is None or not names.isdisjoint(kinds):
            found[operation.name] = type(operation).__name__
    return found


def divide(served: keras.Model, outside: Collection[str], *, behind: bool = False) -> Division:
    """Divide a served model behind nodes of `preprocess`, and before `postprocess`.

    Args:
        served: from `serve`, or loaded.
        outside: names of nodes of `preprocess`; what is held starts behind those of them that are
            nearest to it, and takes besides the features that it needs.
        behind: whether `postprocess`, if there is one, is outside too.
    """
    import keras

    parts = parts_of(served)
    preprocess, postprocess = parts.get(PREPROCESS), parts.get(POSTPROCESS)
    made: dict[str, Any] = {}
    remaining, starts = preprocess, {}
    if preprocess:
        made, starts = _cut(preprocess, outside)
        ends = {n: t for n, t in preprocess.output.items() if not _among(t, made)}
        remaining = (
            keras.Model(_feeding(ends, {**inputs_of(preprocess), **made}), ends) if ends else None
        )
    inside = None if behind else postprocess
    if not made and inside is postprocess:
        return Division(served)
    if remaining:
        remaining.name = PREPROCESS
    outputs = list(postprocess.input) if postprocess else list(served.output)
    held = joined(parts[CORE], outputs, specs_of({**inputs_of(served), **made}), remaining, inside)
    return Division(
        held,
        _before(served, preprocess, made, held) if preprocess and made else None,
        _behind(held, postprocess) if postprocess and behind else None,
        starts,
        part_nodes(served, POSTPROCESS) if behind else {},
    )


def _cut(
    preprocess: keras.Model, outside: Collection[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the tensors, by a name for each, at which a walk from the ends comes to a node."""
    inputs = {id(tensor) for tensor in preprocess.input.values()}
    made: dict[str, Any] = {}
    kinds: dict[str, str] = {}
    waiting = list(preprocess.output.values())
    while waiting:
        tensor = waiting.pop(0)
        if id(tensor) in inputs or _among(tensor, made):
            continue
        operation, node, _ = tensor._keras_history
        if operation.name not in outside:
            waiting += operation._inbound_nodes[node].input_tensors
            continue
        leaving = [name for name, end in preprocess.output.items() if end is tensor]
        name = leaving[0] if leaving else operation.name
        while name in made:  # a node with several outputs, or a layer that is called again
            name += "_"
        made[name], kinds[name] = tensor, type(operation).__name__
    return made, kinds


def _before(
    served: keras.Model, preprocess: keras.Model, made: Mapping[str, Any], held: keras.Model
) -> keras.Model:
    """Return what makes of all raw features what is held takes."""
    import keras

    front = keras.Model(_feeding(made, inputs_of(preprocess)), dict(made))
    entering = input_tensors(specs_of(inputs_of(served)), "model")
    given = {**entering, **front({name: entering[name] for name in front.input})}
    made_for = {name: _of_dtype(given[name], held.input[name].dtype) for name in held.input}
    return keras.Model(entering, made_for, name="before")


def _of_dtype(tensor: Any, dtype: str) -> Any:
    """Hold a tensor to the dtype it claims: a lookup's counts are whole numbers (Keras 3.15)."""
    import keras

    return tensor if dtype == "string" else keras.ops.cast(tensor, dtype)


def _behind(held: keras.Model, postprocess: keras.Model) -> keras.Model:
    """Return what makes the answers of what is held returns."""
    import keras

    entering = input_tensors(specs_of(dict(held.output)), "model")
    return keras.Model(entering, answered(postprocess, entering), name="behind")


def _feeding(ends: Mapping[str, Any], stops: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the stops that the ends are computed from."""
    names = {id(tensor): name for name, tensor in stops.items()}
    found, waiting = set(), list(ends.values())
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in names:
            found.add(names[id(tensor)])
            continue
        operation, node, _ = tensor._keras_history
        waiting += operation._inbound_nodes[node].input_tensors
    return {name: tensor for name, tensor in stops.items() if name in found}


def _among(tensor: Any, tensors: Mapping[str, Any]) -> bool:
    return any(tensor is each for each in tensors.values())
