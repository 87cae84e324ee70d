"""Which layers learn: globs over layer paths, such as `head` or `backbone/block_16_*`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from kerascfg.errors import ConfigError, Problem, did_you_mean


def check_globs(globs: tuple[str, ...] | None, nodes: Iterable[str], path: str) -> list[Problem]:
    """Return the globs that cannot match a layer, whatever the graph is spelled out to.

    Args:
        globs: patterns over layer paths.
        nodes: the names of the model's nodes; layers of blocks and copies are named `NODE_...`.
        path: where the globs stand in the config.
    """
    names = list(nodes)
    wrong = [glob for glob in globs or () if not any(_may_match(name, glob) for name in names)]
    return [_matches_nothing(glob, names, path) for glob in wrong]


def _may_match(name: str, glob: str) -> bool:
    """Tell whether a glob may match a node's layer, or one whose name begins with the node's."""
    outer = glob.split("/")[0]
    literal = re.split(r"[*?\[]", outer, maxsplit=1)[0]
    more = literal != outer and name.startswith(literal)
    return more or fnmatchcase(name, outer) or literal.startswith(f"{name}_")


def set_trainable(model: Any, globs: tuple[str, ...] | None, path: str) -> None:
    """Let the layers that match learn, and freeze the rest.

    Args:
        model: the model.
        globs: patterns over layer paths; a path that ends at a nested model stands for all of it.
            None lets every layer learn.
        path: where the globs stand in the config.

    Raises:
        ConfigError: a glob matches nothing.
    """
    layers = list(layer_paths(model))
    unmatched = [g for g in globs or () if not any(_matches(name, g) for name, _ in layers)]
    if unmatched:
        names = [name for name, _ in layers]
        raise ConfigError([_matches_nothing(glob, names, path) for glob in unmatched])
    for name, layer in layers:
        # Setting a model's `trainable` does not reach all layers of models nested in it.
        learns = globs is None or _is_model(layer) or any(_matches(name, g) for g in globs)
        layer.trainable = learns


def layer_paths(model: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every layer with its path, nested models before their layers."""
    for layer in model.layers:
        name = f"{prefix}{layer.name}"
        yield name, layer
        if _is_model(layer):
            yield from layer_paths(layer, f"{name}/")


def _is_model(layer: Any) -> bool:
    import keras

    return isinstance(layer, keras.Model)


def _matches(name: str, glob: str) -> bool:
    """Tell whether a path, or one above it, matches."""
    parts = name.split("/")
    return any(fnmatchcase("/".join(parts[:end]), glob) for end in range(1, len(parts) + 1))


def _matches_nothing(glob: str, names: list[str], path: str) -> Problem:
    meant = did_you_mean(glob, names)
    outer = sorted({name.split("/")[0] for name in names})
    return Problem(
        f"{path}.trainable",
        f"expected globs that match layers ({', '.join(outer[:20])}). Received: {glob}",
        hint=f"did you mean `{meant}`?" if meant else None,
    )
