"""Run the golden pair through a client of this kit and compare as the certificate did.

    python selftest.py                      client.py
    python selftest.py MODULE [ARGUMENT]    another client, and what its Model takes

Exit status 0: every answer is within the tolerance.
"""

from __future__ import annotations

import base64
import importlib
import json
import sys
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parent / "golden"


def tensors(described: list[dict]) -> dict[str, np.ndarray]:
    """Read golden tensors by name."""
    return {entry["name"]: tensor(entry) for entry in described}


def tensor(entry: dict) -> np.ndarray:
    """Read one golden tensor; bytes that are no text are objects."""
    if "texts" in entry:
        return np.array(entry["texts"], dtype=str).reshape(entry["shape"])
    if "base64" in entry:
        values = [base64.b64decode(text) for text in entry["base64"]]
        return np.array([*values, None], dtype=object)[:-1].reshape(entry["shape"])
    dtype = np.dtype(entry["dtype"]).newbyteorder("<")
    return np.fromfile(GOLDEN / entry["file"], dtype).reshape(entry["shape"])


def difference(expected: np.ndarray, received: np.ndarray) -> float:
    """Return the largest difference, relative where a record's largest expected number is over 1.

    Infinite where NaN or infinity stands on one side alone, or a text is not the expected one.
    """
    if expected.shape != received.shape:
        return float("inf")
    if expected.dtype.kind in "UO":
        return 0.0 if np.array_equal(as_text(expected), as_text(received)) else float("inf")
    a, b = expected.astype(float), received.astype(float)
    finite = np.isfinite(a) & np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return float("inf")
    a, b = np.where(finite, a, 0), np.where(finite, b, 0)
    size = np.max(np.abs(a), axis=tuple(range(1, a.ndim)), keepdims=True, initial=1)
    return float(np.max(np.abs(a - b) / size, initial=0))


def as_text(values: np.ndarray) -> np.ndarray:
    """Return texts as bytes, which runtimes return."""
    spelled = [value if isinstance(value, bytes) else str(value).encode() for value in values.flat]
    return np.array([*spelled, None], dtype=object)[:-1].reshape(values.shape)


def main(module: str = "client", *arguments: str) -> int:
    """Run the test; return the exit status."""
    golden = json.loads((GOLDEN / "golden.json").read_text(encoding="utf-8"))
    model = importlib.import_module(module).Model(*arguments)
    answers = model.predict(tensors(golden["inputs"]))
    wrong = 0
    for name, expected in tensors(golden["outputs"]).items():
        largest = difference(expected, np.asarray(answers[name]))
        right = largest <= golden["tolerance"]
        wrong += not right
        print(f"{'ok    ' if right else 'WRONG '} {name}: differs by {largest:.2g}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
