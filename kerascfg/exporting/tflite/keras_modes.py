"""Keras's own `model.quantize`, before a conversion to LiteRT."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING

from kerascfg.exporting.target import Refused
from kerascfg.exporting.tflite.modes import KerasMode

if TYPE_CHECKING:
    from kerascfg.exporting.servable import Servable

_LACKS: dict[KerasMode, str] = {
    "keras_int8": "LiteRT's products of matrices take no int8 without a scale, which is what "
    "Keras's quantize('int8') makes; say `quantize: int8` or `dynamic`, which are LiteRT's own",
    "keras_float8": "LiteRT has no float8, which Keras's quantize('float8') rounds to; say "
    "`quantize: float16`",
}


def quantised_by_keras(
    model: Servable, mode: KerasMode, convert: Callable[[Servable], bytes]
) -> tuple[bytes, list[str]]:
    """Quantise a model with Keras, in place, and convert it.

    Returns:
        The file, and what its user has to know.

    Raises:
        Refused: Keras has nothing to quantise, or LiteRT cannot hold what it makes.
    """
    import keras

    model.model.quantize(mode.removeprefix("keras_"))
    quantised = [
        layer.name
        for layer in model.model._flatten_layers()
        if isinstance(layer.dtype_policy, keras.dtype_policies.QuantizedDTypePolicy)
    ]
    if not quantised:
        raise Refused(
            "Keras's quantize changes Dense, EinsumDense and Embedding layers alone, and the model "
            "has none; say `quantize: int8`, `dynamic` or `float16`"
        )
    if mode in _LACKS:
        raise Refused(_LACKS[mode])
    content = convert(model)
    weights = sum(4 * prod(weight.shape) for weight in model.model.weights)
    notes = [f"Keras quantised {', '.join(quantised)}"]
    if len(content) >= weights:
        notes.append(
            f"quantize: {mode} saves nothing here: {len(content):,} bytes; the converter unpacks "
            "int4 weights to float32"
        )
    return content, notes
