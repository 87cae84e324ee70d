"""How far the answers of an artefact may be from Keras's, by format and quantisation, and why.

Absolute for answers up to 1 in size, relative to the sample's largest answer beyond. What a config
states (`tolerance`) takes the place of these. Of what is quantised a task's metric says more: see
`max_drop`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Allowance:
    """The largest difference from Keras, and why it is that."""

    tolerance: float
    reason: str = "float32 sums in another order"


FLOAT32 = Allowance(1e-5)
_VALUES = "each weight is one of 255 values of its channel: some hundredths of an answer"
_STEPS = "8 bits cut a range into 255 steps, and the steps of all layers add up"
_ONNX = {
    None: FLOAT32,
    "float16": Allowance(
        5e-3, "float16 has 11 bits: a rounding changes a number by up to 5e-4 of itself"
    ),
    "dynamic_int8": Allowance(0.1, _STEPS),
    "int8": Allowance(0.1, _STEPS),
}
ALLOWANCES: Mapping[str, Mapping[str | None, Allowance]] = {
    "litert": {
        None: FLOAT32,
        "float16": Allowance(
            5e-3, "a half has 11 bits, 5e-4 of each weight, and the layers add their errors up"
        ),
        "dynamic": Allowance(0.1, f"{_VALUES}, and as much for what goes into each layer"),
        "weights_int8": Allowance(0.1, _VALUES),
        "weights_int4": Allowance(
            0.5,
            "each weight is one of 15 values: answers near a border change sides; judge the metric",
        ),
        "int8": Allowance(
            0.2,
            "every tensor is one of 256 values of its calibrated range: some tenths near a border",
        ),
        "int8_io": Allowance(0.2, "as int8; inputs and outputs are one of 256 values too"),
    },
    "onnx": _ONNX,
    "openvino": _ONNX,
    "keras": {
        None: Allowance(1e-5, "the same layers and weights, in another process"),
        "int8": Allowance(5e-2, "weights and activations of dense layers are one of 255 steps"),
        "int4": Allowance(0.3, "weights of dense layers are one of 16 steps"),
    },
    "coreml": {
        None: FLOAT32,
        "float16": Allowance(
            1e-2, "weights and activations have 11 bits, and errors add up over the layers"
        ),
        "weights_int8": Allowance(
            5e-2, "each weight is one of 255 steps of its output channel's largest"
        ),
        "weights_int4": Allowance(0.3, "each weight is one of 16 values chosen for its layer"),
    },
    "tfjs": {
        None: FLOAT32,
        "float16": Allowance(5e-3, "weights have 11 bits instead of 24"),
        "uint8": Allowance(0.1, "the weights of a tensor have 256 values"),
    },
}
"""Format -> quantize -> what is allowed; None is float32."""


def allowance(format: str, quantize: str | None, stated: float | None) -> Allowance:
    """Return what a format allows for a way to quantise, or what a config states instead."""
    usual = ALLOWANCES[format][quantize]
    return usual if stated is None else Allowance(stated, "stated in the config")
