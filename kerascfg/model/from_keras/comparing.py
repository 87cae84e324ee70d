"""Hold what was written to the model it was read from: the same parameters, the same outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.from_keras.interface import is_graph
from kerascfg.model.from_keras.rebuilding import copy_weights, outputs_of, rebuild, sample_of
from kerascfg.model.modes import hold_stated_modes


def compare(source: Any, described: Mapping[str, Any], path: str = "model") -> str:
    """Rebuild a description and compare it with the model it was read from.

    Both must have the same number of parameters, each weight shared alike, in the same shapes layer
    by layer; with the same weights and seeds, the outputs for a random sample must be the same, bit
    for bit.

    Args:
        source: the model.
        described: its description.
        path: where the description stands.

    Returns:
        What was compared, in words.

    Raises:
        ConfigError: they differ, or the description cannot be built.
    """
    built = rebuild(described, path)
    names = list(built.graph.outputs)
    copy_weights(source, built.model, names)
    count, received = source.count_params(), built.model.count_params()
    if count != received:
        message = f"expected {count:,} parameters. Received: {received:,} in the rebuilt model"
        raise ConfigError(Problem(path, message))
    parameters = f"{received:,} parameters in the same shapes"
    if any(spec.get("dtype") == "string" for spec in described["inputs"].values()):
        return f"{parameters}; outputs not compared, since an input takes texts"
    sample = {name: sample_of(spec) for name, spec in described["inputs"].items()}
    with _stated_modes_held(source) as held:
        try:
            made = _drawn(source, list(sample.values()))
        except Exception as error:
            reason = str(error).strip().split("\n")[0]
            return f"{parameters}; outputs not compared, since it refuses a random sample: {reason}"
        again = _drawn(built.model, sample, names)
        unlike = [name for name, *pair in zip(names, made, again, strict=True) if not _equal(*pair)]
        if unlike and _cannot_draw_alike(source, built.model, list(sample.values()), made):
            return f"{parameters}; outputs not compared, since they are random"
    if unlike:
        message = f"the rebuilt model computes something else as {', '.join(unlike)}"
        raise ConfigError(Problem(path, message, hint="please report this model"))
    stated = f"; the stated `training` of {', '.join(held)}, which Keras overrules, holds here"
    return f"{parameters}, and equal outputs for a random sample{stated if held else ''}"


def _equal(one: Any, other: Any) -> bool:
    import numpy as np

    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)


@contextmanager
def _stated_modes_held(model: Any) -> Iterator[list[str]]:
    """Hold each stated `training`, as the rebuilt model does; then leave the model as it was.

    Yields:
        The names of the layers that would not keep to it otherwise.
    """
    layers = model._flatten_layers()
    before = [layer._call_context_args for layer in layers]
    try:
        for graph in filter(is_graph, layers):
            hold_stated_modes(graph)
        both = zip(layers, before, strict=True)
        yield [layer.name for layer, old in both if layer._call_context_args != old]
    finally:
        for layer, old in zip(layers, before, strict=True):
            layer._call_context_args = old


def _drawn(model: Any, sample: Any, names: list[str] | None = None, seed: int = 0) -> list[Any]:
    """Return a model's outputs with all its random layers seeded alike; then seed them as before.

    `Dropout` called with `training=True` is random in inference too.
    """
    states = [generator.state for generator in _seed_generators(model)]
    before = [state.numpy() for state in states]
    try:
        for state in states:
            state.assign([seed, 0])
        return outputs_of(model, sample, names)
    finally:
        for state, value in zip(states, before, strict=True):
            state.assign(value)


def _seed_generators(model: Any) -> list[Any]:
    """Return the seed generators of a model's layers, each once."""
    found = {id(g): g for layer in model._flatten_layers() for g in layer._seed_generators}
    return list(found.values())


def _cannot_draw_alike(source: Any, rebuilt: Any, sample: Any, made: list[Any]) -> bool:
    """Tell whether equal seeds do not make the two models draw alike.

    Either the source does not even repeat itself (a layer draws without a seed of its own), or a
    layer without weights that stands in several places drew from one seed and has several now.
    """
    if not all(map(_equal, made, _drawn(source, sample))):
        return True
    if len(_seed_generators(source)) == len(_seed_generators(rebuilt)):
        return False
    return not all(map(_equal, made, _drawn(source, sample, seed=1)))
