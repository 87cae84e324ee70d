"""Check the group `model` without importing Keras: names, arguments, wiring, blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kerascfg.errors import Problem, did_you_mean, override, unknown_key
from kerascfg.model.check_block import blocks_named, check_recursion
from kerascfg.model.check_parts import check_graph, check_parts
from kerascfg.model.inputs import DTYPES
from kerascfg.model.parts import LAYERS, POSTPROCESS, PREPROCESS, Entering, nodes_of
from kerascfg.model.unused import check_unused_args, check_unused_inputs
from kerascfg.naming import (
    CHANNELS,
    REQUIRED_VALUE,
    check_expressions,
    check_node,
    check_value,
    is_expression,
    nodes_in,
)

_MODEL_KEYS = (
    *("inputs", "preprocess", "layers", "postprocess", "outputs", "args", "blocks", "class"),
)
_BLOCK_KEYS = ("inputs", "args", "layers", "outputs")
_INPUT_KEYS = ("shape", "dtype")
_GIVEN_TO_CLASS = frozenset({"inputs", "outputs", "name"})


def check_model(
    model: Any, features: tuple[str, ...] | None = None, path: str = "model"
) -> list[Problem]:
    """Return what is wrong with a model's config.

    Args:
        model: the group `model`.
        features: names of the data's features, where they are known: the inputs of a model that
            states none.
        path: where the model stands in the config.
    """
    if not isinstance(model, Mapping):
        return [Problem(path, f"expected a mapping with `layers`. Received: {model!r}")]
    problems = _unknown_keys(model, _MODEL_KEYS, path, "a key of a model")
    misspelled = [key for key in model if did_you_mean(str(key), _MODEL_KEYS) == "layers"]
    if "layers" not in model and misspelled:
        model = {**model, "layers": model[misspelled[0]]}  # reported; the rest is checked as meant
    stated_args = model.get("args")
    args_names = frozenset(stated_args) if isinstance(stated_args, Mapping) else frozenset()
    problems += _check_inputs(model.get("inputs"), path, args_names)
    if model.get("class") is not None:
        problems += check_node(model["class"], "model", f"{path}.class", given=_GIVEN_TO_CLASS)
    arguments, found = _check_args(model.get("args"), f"{path}.args")
    problems += found
    blocks, found = _mappings(model.get("blocks"), f"{path}.blocks")
    problems += found
    for name, block in blocks.items():
        problems += _check_block(block, blocks, arguments, f"{path}.blocks.{name}")
    problems += check_recursion(blocks, path)
    problems += check_parts(model, features, blocks, frozenset(arguments), path)
    return problems or _check_unused(model, blocks, path)


def check_fed(
    model: Mapping[str, Any], features: Iterable[str], path: str = "model"
) -> list[Problem]:
    """Return the inputs that a model states and the data cannot feed.

    Args:
        model: the group `model`, which has no problems.
        features: names of the data's features.
        path: where the model stands in the config.
    """
    features = (*features, *nodes_of(model, PREPROCESS))
    problems = []
    for name in model.get("inputs") or {}:
        if name not in features:
            meant = did_you_mean(name, features)
            way_out = "choose data with such a feature, or leave `inputs` out to take its features"
            problems.append(
                Problem(
                    f"{path}.inputs.{name}",
                    f"expected a feature of the data ({', '.join(features)}). Received: {name}",
                    hint=f"did you mean `{meant}`?" if meant else way_out,
                )
            )
    return problems


def _check_block(
    block: Mapping[str, Any], blocks: Mapping[str, Any], outer: Mapping[str, Any], path: str
) -> list[Problem]:
    problems = _unknown_keys(block, _BLOCK_KEYS, path, "a key of a block")
    arguments, found = _check_args(block.get("args"), f"{path}.args", frozenset(outer))
    names = block.get("inputs") or ["input"]
    if isinstance(names, Mapping):
        problems += _check_inputs(names, path, frozenset({*arguments, *outer}))
        names = [str(name) for name in names]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        message = (
            f"expected a list of names, or a mapping `name: {{shape: ...}}`. Received: {names}"
        )
        return [*problems, Problem(f"{path}.inputs", message)]
    problems += [
        Problem(
            f"{path}.args.{key}",
            f"expected channels() of what enters the block ({', '.join(names)}). Received: {node}",
        )
        for key, value in arguments.items()
        for node in nodes_in(value)
        if node.split(".")[0] not in names
    ]
    within = frozenset({*arguments, *outer})
    wiring, wrong = check_graph(block, Entering(tuple(names)), blocks, within, path)
    if wiring and block.get("inputs"):
        wrong += check_unused_inputs(wiring, tuple(names), path)
    return [*problems, *found, *wrong]


def _check_unused(model: Mapping[str, Any], blocks: Mapping[str, Any], path: str) -> list[Problem]:
    """Return what nobody uses; before other mistakes are mended, that says nothing."""
    graphs = [model.get(key) for key in (PREPROCESS, LAYERS, POSTPROCESS)]
    used = {*blocks_named(graphs), *blocks_named(list(blocks.values()))}
    users = [*graphs, *(model.get(key) for key in ("inputs", "blocks", "class"))]
    problems = [
        Problem(
            f"{path}.blocks.{name}",
            f"expected a block that a node is made by ({{block: {name}}}). Received: {name}",
            fix=f"~{path}.blocks.{name}",
        )
        for name in blocks
        if name not in used
    ]
    problems += check_unused_args(model, users, path)
    for name, block in blocks.items():
        users = [block.get(key) for key in _BLOCK_KEYS]
        problems += check_unused_args(block, users, f"{path}.blocks.{name}")
    return problems


def _check_inputs(inputs: Any, path: str, names: frozenset[str] = frozenset()) -> list[Problem]:
    """Check stated inputs; `names` are what their expressions may use besides the facts."""
    stated, problems = _mappings(inputs, f"{path}.inputs")
    for name, spec in stated.items():
        at = f"{path}.inputs.{name}"
        problems += _unknown_keys(spec, _INPUT_KEYS, at, "a key of an input")
        problems += check_expressions(spec, names, at)
        shape = spec.get("shape")
        if not isinstance(shape, list) or not all(
            size is None or is_expression(size) or (isinstance(size, int) and size > 0)
            for size in shape
        ):
            problems.append(
                Problem(
                    f"{at}.shape",
                    f"expected sizes without the batch, null for any. Received: {shape!r}",
                    fix=override(f"{at}.shape", [28, 28, 1]),
                )
            )
        dtype = spec.get("dtype")
        if dtype is not None and dtype not in DTYPES:
            meant = did_you_mean(str(dtype), DTYPES)
            problems.append(
                Problem(
                    f"{at}.dtype",
                    f"expected one of {', '.join(DTYPES)}. Received: {dtype}",
                    hint=f"did you mean `{meant}`?" if meant else None,
                    fix=override(f"{at}.dtype", meant) if meant else None,
                )
            )
    return problems


def _check_args(
    args: Any, path: str, outer: frozenset[str] | None = None
) -> tuple[Mapping[str, Any], list[Problem]]:
    """Check arguments of the model, or of a block inside a model with the arguments `outer`."""
    if args is None:
        return {}, []
    if not isinstance(args, Mapping):
        return {}, [Problem(path, f"expected a mapping `name: default`. Received: {args!r}")]
    problems = []
    known = frozenset() if outer is None else outer | {CHANNELS}
    for name, value in args.items():
        if value != REQUIRED_VALUE or outer is None:
            problems += check_value(str(name), value, f"{path}.{name}", known)
        if outer is not None:
            known |= {name}
    return args, problems


def _mappings(value: Any, path: str) -> tuple[dict[str, Mapping[str, Any]], list[Problem]]:
    """Read a mapping of mappings, leaving out (and reporting) what is none."""
    if value is None:
        return {}, []
    if not isinstance(value, Mapping):
        return {}, [Problem(path, f"expected a mapping by name. Received: {value!r}")]
    good = {str(key): item for key, item in value.items() if isinstance(item, Mapping)}
    return good, [
        Problem(f"{path}.{key}", f"expected a mapping. Received: {item!r}")
        for key, item in value.items()
        if not isinstance(item, Mapping)
    ]


def _unknown_keys(
    given: Mapping[str, Any], known: tuple[str, ...], path: str, what: str
) -> list[Problem]:
    return [unknown_key(path, str(key), known, what) for key in given if key not in known]
