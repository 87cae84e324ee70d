"""The golden pair: real samples and Keras's answers to them, in files that every language reads.

`golden/golden.json` describes the tensors; the numbers of each lie in a file of their own, little
endian, row by row, as C, Swift, Kotlin and JavaScript map them. Texts stand in the JSON.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.workshop import write_json

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.delivery import Port

_MOST_SAMPLES = 4
_MOST_BYTES = 1_000_000
_RULE = (
    "every number may differ from the expected one by `tolerance`, for a sample whose largest "
    "expected number is over 1 by `tolerance` times that; NaN and infinity stand where they are "
    "expected, texts are equal"
)


def write_golden(
    folder: Path,
    fed: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    tolerance: float,
) -> None:
    """Write a golden pair.

    Args:
        folder: where to; it is made.
        fed: input of the artefact -> records.
        expected: output -> what Keras answers to them.
        tolerance: the largest difference allowed.
    """
    folder.mkdir(parents=True)
    write_json(
        folder / "golden.json",
        {
            "samples": len(next(iter(fed.values()))),
            "tolerance": tolerance,
            "rule": _RULE,
            "inputs": [
                _written(folder, f"input_{place}", name, array)
                for place, (name, array) in enumerate(fed.items())
            ],
            "outputs": [
                _written(folder, f"output_{place}", name, array)
                for place, (name, array) in enumerate(expected.items())
            ],
        },
    )


def golden_count(rows: Mapping[str, np.ndarray], samples: int, batch: int | None) -> int:
    """Return how many records a golden pair has: a few, fewer of large ones.

    Args:
        rows: input -> records, real samples first.
        samples: the number of real ones.
        batch: the number that the artefact takes in every call, None for any.
    """
    size = max(1, sum(array[:1].nbytes for array in rows.values()))
    few = min(samples, _MOST_SAMPLES, max(1, _MOST_BYTES // size))
    return few if batch is None else max(1, few // batch) * batch


def first_records(
    arrays: Mapping[str, np.ndarray], ports: tuple[Port, ...], count: int
) -> dict[str, np.ndarray]:
    """Return the first records, in the order and the dtypes of an artefact's inputs or outputs.

    A dtype is kept where the artefact's would lose something: where it takes or returns scaled
    integers, its client scales. A dtype that NumPy lacks (bfloat16) is none of its own.
    """
    return {port.name: _as_taken(arrays[port.name][:count], port.dtype) for port in ports}


def _as_taken(array: np.ndarray, dtype: str) -> np.ndarray:
    """Return numbers in another dtype, or as they are where that would change them."""
    import numpy as np

    if array.dtype.kind not in "biuf" or dtype not in np.sctypeDict:
        return array
    cast = array.astype(dtype)
    if array.dtype.kind == "f":
        kept = cast.dtype.kind == "f" and np.array_equal(cast, array, equal_nan=True)
    else:
        kept = np.array_equal(cast, array)
    return cast if kept else array


def _written(folder: Path, stem: str, name: str, array: np.ndarray) -> dict[str, Any]:
    """Write one tensor, and return its description."""
    described: dict[str, Any] = {"name": name, "shape": list(array.shape)}
    match array.dtype.kind:
        case "U":
            return described | {"dtype": "string", "texts": array.ravel().tolist()}
        case "O":
            texts = [base64.b64encode(value).decode("ascii") for value in array.flat]
            return described | {"dtype": "string", "base64": texts}
        case _:
            little = array.astype(array.dtype.newbyteorder("<"))
            (folder / f"{stem}.bin").write_bytes(little.tobytes())
            return described | {"dtype": array.dtype.name, "file": f"{stem}.bin"}
