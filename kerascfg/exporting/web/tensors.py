"""Named arrays as JSON: `{name: {dtype, shape, data}}`, with the bytes in base64."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

DTYPES = ("float32", "int32", "uint8", "bool")
"""What JavaScript has typed arrays for (`bool` is held as bytes)."""


def to_json(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Encode arrays; numbers of other dtypes as float32 or int32, little-endian as in a browser."""
    return {
        name: {
            "dtype": held.dtype.name,
            "shape": list(held.shape),
            "data": base64.b64encode(held.tobytes()).decode("ascii"),
        }
        for name, held in ((name, _held(array)) for name, array in arrays.items())
    }


def from_json(encoded: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Decode what `to_json` or the harness encoded."""
    import numpy as np

    return {
        name: np.frombuffer(
            base64.b64decode(entry["data"]), np.dtype(entry["dtype"]).newbyteorder("<")
        ).reshape(entry["shape"])
        for name, entry in encoded.items()
    }


def held_as(dtype: str) -> str:
    """Return the dtype that JavaScript holds numbers of another one in."""
    import numpy as np

    if dtype in DTYPES:
        return dtype
    return "float32" if np.dtype(dtype).kind == "f" else "int32"


def _held(array: np.ndarray) -> np.ndarray:
    import numpy as np

    dtype = np.dtype(held_as(array.dtype.name))
    return array.astype(dtype.newbyteorder("<"), copy=False)
