"""The ways to quantise a LiteRT file, each with its tolerance and the reason for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["float16", "dynamic", "weights_int8", "weights_int4", "int8", "int8_io"]
"""What is done to a float32 file:

- float16: weights as halves, computed in float32;
- dynamic: weights as int8, what goes into a layer is rounded to int8 while it runs;
- weights_int8, weights_int4: weights alone, computed in float32;
- int8: weights and everything between the layers as int8, by ranges seen in calibration; inputs and
  outputs stay float32;
- int8_io: likewise, inputs and outputs too.
"""
CALIBRATED = ("int8", "int8_io")


@dataclass(frozen=True)
class Allowance:
    """The largest difference from Keras that a mode may make, and why it is that."""

    tolerance: float
    reason: str


_WEIGHTS = "each weight is one of 255 values of its channel: some hundredths of an answer"
ALLOWANCES: dict[str | None, Allowance] = {
    None: Allowance(1e-5, "float32 sums in another order"),
    "float16": Allowance(
        5e-3, "a half has 11 bits, 5e-4 of each weight, and the layers add their errors up"
    ),
    "dynamic": Allowance(0.1, f"{_WEIGHTS}, and as much for what goes into each layer"),
    "weights_int8": Allowance(0.1, _WEIGHTS),
    "weights_int4": Allowance(
        0.5, "each weight is one of 15 values: answers near a border change sides; judge the metric"
    ),
    "int8": Allowance(
        0.2, "every tensor is one of 256 values of its calibrated range: some tenths near a border"
    ),
    "int8_io": Allowance(0.2, "as int8; inputs and outputs are one of 256 values too"),
}
"""By mode; None is float32."""
