from __future__ import annotations

import json
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from kerascfg.training.checkpoints.plain import NotPlainError, from_plain, to_plain
from kerascfg.training.checkpoints.tensors import DamagedError, read_tensors, write_tensors


def arrays() -> dict[str, np.ndarray]:
    return {
        "matrix": np.arange(6, dtype="float32").reshape(2, 3).T,
        "half": np.array([1.5, -2.0], ml_dtypes.bfloat16),
        "seed": np.array(7, "uint32"),
        "flag": np.array([True, False]),
        "empty": np.zeros((0, 4), "int64"),
    }


def written(folder: Path) -> Path:
    file = folder / "state.safetensors"
    write_tensors(file, arrays(), {"epoch": 3})
    return file


def test_arrays_and_values_come_back_bit_for_bit(tmp_path: Path):
    found, values = read_tensors(written(tmp_path))
    assert values == {"epoch": 3}
    for name, array in arrays().items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes()


def test_the_file_is_laid_out_as_safetensors_says(tmp_path: Path):
    content = written(tmp_path).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert header["half"] == {"dtype": "BF16", "shape": [2], "data_offsets": [24, 28]}
    assert all(isinstance(text, str) for text in header["__metadata__"].values())
    assert len(content) == 8 + length + max(e["data_offsets"][1] for n, e in header.items()
                                            if n != "__metadata__")  # fmt: skip


def test_no_file_that_was_cut_short_is_read(tmp_path: Path):
    file = written(tmp_path)
    content = file.read_bytes()
    for length in range(0, len(content), 7):
        file.write_bytes(content[:length])
        with pytest.raises(DamagedError):
            read_tensors(file)


def test_no_flipped_bit_reaches_the_arrays(tmp_path: Path):
    file = written(tmp_path)
    content, whole = file.read_bytes(), read_tensors(file)
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(content), 300):
        damaged = bytearray(content)
        damaged[at] ^= 1 << int(rng.integers(8))
        file.write_bytes(damaged)
        try:
            found, values = read_tensors(file)
        except DamagedError:
            continue
        assert values == whole[1]  # the bit was of the padding, which holds nothing
        assert all(found[name].tobytes() == whole[0][name].tobytes() for name in whole[0])


def test_plain_values_keep_their_types():
    kept: dict[str, np.ndarray] = {}

    def keep(array: np.ndarray) -> str:
        kept[str(len(kept))] = array
        return str(len(kept) - 1)

    value = {
        "best": float("inf"),
        "loss": np.float32(0.1),
        "rows": [{"epoch": 1, "loss": 0.1}],
        3: (1, None, "text"),
        "weights": [np.ones(2)],
    }
    stored = json.loads(json.dumps(to_plain(value, keep), allow_nan=False))
    found = from_plain(stored, kept.__getitem__)
    np.testing.assert_array_equal(found.pop("weights"), value.pop("weights"))
    assert found == value
    assert type(found["loss"]) is np.float32


@pytest.mark.parametrize("value", [object(), {1, 2}, np.array(["a"]), lambda: 0])
def test_what_is_not_plain_is_refused(value: object):
    with pytest.raises(NotPlainError):
        to_plain([value], lambda _: "")
