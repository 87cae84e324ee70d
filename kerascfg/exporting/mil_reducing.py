"""Core ML programs in fewer bits, in whole or in part, by coremltools' own tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from kerascfg.exporting.fragile import Parts
from kerascfg.exporting.target import Refused

Quantize = Literal["float16", "weights_int8", "weights_int4"]

_LARGEST_HALF = 65504
_SMALLEST = 256
"""Weights of fewer numbers stay as they are: their scales or table would cost as much."""


def reducing(
    quantize: Quantize, program: Callable[[Any], Any]
) -> tuple[Callable[[Parts], Any], Callable[[], Mapping[str, str]]]:
    """Return what makes a program in fewer bits, and what tells where its parts come from.

    Args:
        quantize: how.
        program: makes the program, with what is computed in float16, None for nothing.

    Returns:
        What makes a package in which some parts (operations for float16, else weights) stay as they
        are; and, once one is made, part -> names that tell where it comes from.
    """
    if quantize == "float16":
        seen: dict[str, str] = {}
        return lambda kept: program(half_precision(kept, seen)), lambda: seen
    plain = program(None)
    return partial(with_small_weights, plain, quantize), partial(weights_of, plain)


def half_precision(kept: Parts, seen: dict[str, str]) -> Any:
    """Return float16 for all operations but some, and those on numbers that it has no room for.

    A mask of attention is -1e9 where nothing may be looked at: infinite in float16, and NaN times
    0. What is made of such a constant stays in float32 until a softmax has brought it down.

    Args:
        kept: names of the operations that stay in float32.
        seen: filled with the names of all operations, when the program is made.
    """
    import coremltools as ct
    import numpy as np

    known: dict[Any, bool] = {}

    def is_large(operation: Any) -> bool:
        if operation not in known:
            known[operation] = any(reaches(var) for var in _vars_of(operation))
        return known[operation]

    def reaches(var: Any) -> bool:
        value = var.val
        if value is not None:
            array = np.asarray(value)
            return array.dtype.kind == "f" and bool(np.any(np.abs(array) > _LARGEST_HALF))
        return var.op is not None and var.op.op_type != "softmax" and is_large(var.op)

    def is_halved(operation: Any) -> bool:
        seen[operation.name] = operation.name
        return operation.name not in kept and not is_large(operation)

    return ct.transform.FP16ComputePrecision(op_selector=is_halved)


def _vars_of(operation: Any) -> list[Any]:
    """Return what an operation takes; a concatenation takes some as a tuple."""
    return [
        var
        for given in operation.inputs.values()
        for var in (given if isinstance(given, list | tuple) else (given,))
        if var is not None
    ]


def weights_of(package: Any) -> dict[str, str]:
    """Return weight -> its name and those of the operations that take it."""
    from coremltools.optimize.coreml import get_weights_metadata

    known = get_weights_metadata(package, weight_threshold=_SMALLEST)
    return {
        name: ";".join([*(operation.name for operation in weight.child_ops), name])
        for name, weight in known.items()
    }


def with_small_weights(package: Any, quantize: Quantize, kept: Parts) -> Any:
    """Return the package with weights in fewer bits.

    Args:
        package: what to quantise; it is not changed.
        quantize: how.
        kept: names of the weights that stay as they are.

    Raises:
        Refused: there is no weight large enough.
    """
    from coremltools.optimize import coreml as compression

    if quantize == "weights_int8":
        steps = compression.OpLinearQuantizerConfig(
            mode="linear_symmetric", weight_threshold=_SMALLEST
        )
        compress = compression.linear_quantize_weights
    else:
        steps = compression.OpPalettizerConfig(mode="kmeans", nbits=4, weight_threshold=_SMALLEST)
        compress = compression.palettize_weights
    stay: Any = dict.fromkeys(kept)
    made = compress(package, compression.OptimizationConfig(steps, op_name_configs=stay))
    if not kept and "constexpr_" not in str(made.get_spec().mlProgram.functions["main"]):
        raise Refused(
            f"no weight has more than {_SMALLEST} numbers, so that {quantize} reduces nothing; "
            "deliver it in float32"
        )
    return made
