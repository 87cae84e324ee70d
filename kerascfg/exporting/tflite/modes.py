"""The ways to quantise a LiteRT file, by name."""

from __future__ import annotations

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
