"""How `model_parallel` divides variables: globs over their paths, axes of the mesh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from kerascfg.errors import ConfigError, Problem, did_you_mean

Layout = Mapping[str, tuple[str | None, ...]]
_LISTED = 12


def check_layout(mesh: Any, layout: Any) -> list[Problem]:
    """Return what is wrong with mesh and layout before there is a model.

    Args:
        mesh: axis -> its size.
        layout: glob -> the axis that divides each dimension, or None.
    """
    if not isinstance(mesh, Mapping) or not isinstance(layout, Mapping):
        return []  # said by the signature
    problems = []
    for axis, size in mesh.items():
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            message = f"expected a whole number from 1. Received: {size!r}"
            problems.append(Problem(f"strategy.mesh.{axis}", message))
    if not mesh:
        message = "expected at least one axis, as in {batch: 2, model: 2}"
        problems.append(Problem("strategy.mesh", message))
    for glob, axes in layout.items():
        at = f"strategy.layout.{glob}"
        if not isinstance(axes, list):
            message = f"expected a list, an axis or null for each dimension. Received: {axes!r}"
            problems.append(Problem(at, message))
            continue
        for axis in axes:
            if axis is not None and axis not in mesh:
                message = f"expected axes of the mesh ({', '.join(mesh)}) or null. Received: {axis}"
                problems.append(Problem(at, message))
        named = [axis for axis in axes if axis is not None]
        if len(set(named)) < len(named):
            message = f"expected each axis once. Received: {', '.join(map(str, axes))}"
            problems.append(Problem(at, message))
    return problems


def divided_variables(model: Any, mesh: Mapping[str, int], layout: Layout) -> Layout:
    """Return Keras's path of each variable that is divided, and its axes.

    Args:
        model: the built model.
        mesh: axis -> its size.
        layout: glob over paths of variables, those of a nested model behind its name.

    Raises:
        ConfigError: a glob matches nothing, two say different things of one variable, or the mesh
            does not divide a variable's shape.
    """
    paths = dict(variable_paths(model))
    divided: dict[str, tuple[str | None, ...]] = {}
    problems = []
    for glob, axes in layout.items():
        at = f"strategy.layout.{glob}"
        matched = [path for path in paths if fnmatchcase(path, glob)]
        if not matched:
            problems.append(_matches_nothing(glob, list(paths), at))
        for path in matched:
            variable = paths[path]
            problem = _fits(path, tuple(variable.shape), axes, mesh, at)
            if problem is None and divided.setdefault(variable.path, axes) != axes:
                message = f"expected one layout for {path}, which another glob matches too"
                problem = Problem(at, message)
            problems += [problem] if problem else []
    if problems:
        raise ConfigError(problems)
    return divided


def variable_paths(model: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield path and variable of all weights, as in `conv1/kernel`, `backbone/head/bias`."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from variable_paths(layer, f"{prefix}{layer.name}/")
        else:
            for variable in layer.weights:
                yield f"{prefix}{variable.path}", variable


def _fits(
    path: str,
    shape: tuple[int, ...],
    axes: tuple[str | None, ...],
    mesh: Mapping[str, int],
    at: str,
) -> Problem | None:
    if len(axes) != len(shape):
        message = f"expected an axis or null for each dimension of {path}, which is {shape}"
        return Problem(at, f"{message}. Received: {len(axes)} of them")
    for size, axis in zip(shape, axes, strict=True):
        if axis is not None and size % mesh[axis]:
            message = f"expected {path} of shape {shape} to be divisible by the mesh"
            return Problem(at, f"{message}. Received: {size} over {axis}, of size {mesh[axis]}")
    return None


def _matches_nothing(glob: str, paths: list[str], at: str) -> Problem:
    listed = ", ".join(paths[:_LISTED]) + (", ..." if len(paths) > _LISTED else "")
    meant = did_you_mean(glob, paths)
    return Problem(
        at,
        f"expected a glob that matches paths of variables ({listed}). Received: {glob}",
        hint=f"did you mean `{meant}`?" if meant else None,
    )
