"""Files of every kind, each with a mistake, made in the current folder from real data."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def rows(count: int = 40) -> list[list[str]]:
    """Rows of a table: its header, then cells."""
    return [["city", "wage", "kind"],
            *([("Rome", "Oslo")[i % 2], str(i * 1.5), ("old", "new")[i // 2 % 2]]
              for i in range(count))]  # fmt: skip


def table(change: Callable[[list[list[str]]], Any] = lambda r: None, encoding: str = "utf-8"):
    """Make a table in t.csv, changed."""

    def make() -> None:
        cells = rows()
        change(cells)
        text = "\n".join(",".join(row) for row in cells) + "\n"
        Path("t.csv").write_bytes(text.encode(encoding))

    return make


def cell(row: int, column: int, value: str):
    """Set a cell; row 1 is the header."""

    def change(cells: list[list[str]]) -> None:
        cells[row - 1][column] = value

    return change


def column(name: str, value: Callable[[int], str]):
    """Add a column, or set it."""

    def change(cells: list[list[str]]) -> None:
        if name not in cells[0]:
            cells[0].append(name)
            for row in cells[1:]:
                row.append("")
        at = cells[0].index(name)
        for number, row in enumerate(cells[1:]):
            row[at] = value(number)

    return change


def content(name: str, data: bytes | str):
    """Write one file."""

    def make() -> None:
        Path(name).write_bytes(data if isinstance(data, bytes) else data.encode())

    return make


def arrays(**columns: Any):
    """Write t.npz."""
    whole = {"x": np.zeros((20, 3), "float32"), "y": np.arange(20) % 2, **columns}
    whole = {name: values for name, values in whole.items() if values is not None}
    return lambda: np.savez("t.npz", **whole)


def cut(make: Callable[[], Any], name: str, size: int):
    """Make a file, then lose its last bytes."""

    def made() -> None:
        make()
        file = Path(name)
        file.write_bytes(file.read_bytes()[:-size])

    return made


def npy_files() -> None:
    Path("arrays").mkdir()
    np.save("arrays/x.npy", np.zeros((20, 3), "float32"))
    np.save("arrays/y.npy", np.arange(20) % 2)


def hdf5(lengths: tuple[int, int] = (20, 20)):
    def make() -> None:
        import h5py

        with h5py.File("t.h5", "w") as file:
            file["x"] = np.random.default_rng(0).normal(size=(lengths[0], 300)).astype("float32")
            file["y"] = np.arange(lengths[1]) % 2

    return make


def parquet() -> None:
    import pyarrow
    from pyarrow import parquet

    cells = rows()
    columns = {n: [r[i] for r in cells[1:]] for i, n in enumerate(cells[0])}
    parquet.write_table(pyarrow.table(columns), "t.parquet")


def lines(*changed: tuple[int, str | bytes]):
    """Write t.jsonl, some lines of which are other ones."""

    def make() -> None:
        said = [json.dumps({"wage": i, "kind": ("old", "new")[i % 2]}).encode() for i in range(30)]
        for number, line in changed:
            said[number - 1] = line if isinstance(line, bytes) else line.encode()
        Path("t.jsonl").write_bytes(b"\n".join(said) + b"\n")

    return make


def records(count: int = 20, last: dict[str, Any] | None = None):
    def make() -> None:
        import tensorflow as tf

        def feature(value: Any) -> Any:
            if value.dtype.kind == "f":
                return tf.train.Feature(float_list=tf.train.FloatList(value=value))
            return tf.train.Feature(int64_list=tf.train.Int64List(value=value))

        with tf.io.TFRecordWriter("t.tfrecord") as writer:
            for i in range(count):
                row = {"x": np.ones(2, "float32"), "label": np.array([i % 2])}
                if last is not None and i == count - 1:
                    row = last
                features = {name: feature(value) for name, value in row.items()}
                example = tf.train.Example(features=tf.train.Features(feature=features))
                writer.write(example.SerializeToString())

    return make


def flipped() -> None:
    """Records, one byte of the third of which is another one."""
    records()()
    file = Path("t.tfrecord")
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 20 * 2 + 20] ^= 0xFF
    file.write_bytes(whole)


def pictures(change: Callable[[], Any] = lambda: None):
    """Twenty digits in folders `one` and `zero`, and a mask of each one."""

    def make() -> None:
        from PIL import Image
        from sklearn.datasets import load_digits

        bunch = load_digits()
        Path("masks").mkdir()
        for digit, name in enumerate(("zero", "one")):
            folder = Path("pictures") / name
            folder.mkdir(parents=True)
            for index, image in enumerate(bunch.images[bunch.target == digit][:10]):
                Image.fromarray((image * 15).astype("uint8")).save(folder / f"{index}.png")
                Image.fromarray((image > 8).astype("uint8")).save(f"masks/{index}.png")
        change()

    return make


def mask(*size: int):
    from PIL import Image

    return lambda: Image.fromarray(np.zeros(size, "uint8")).save("masks/3.png")


def sound(name: str, rate: int = 8000, channels: int = 1, width: int = 2, frames: int = 800):
    def make() -> None:
        with wave.open(f"sounds/{name}", "wb") as file:
            file.setparams((channels, width, rate, 0, "NONE", ""))
            file.writeframes(bytes(frames * channels * width))

    return make


def sounds(change: Callable[[], Any] = lambda: None):
    def make() -> None:
        for name in ("high", "low"):
            Path("sounds", name).mkdir(parents=True)
            for index in range(8):
                sound(f"{name}/{index}.wav")()
        change()

    return make


def texts(change: Callable[[], Any]):
    def make() -> None:
        for name in ("good", "bad"):
            Path("texts", name).mkdir(parents=True)
            for index in range(8):
                Path(f"texts/{name}/{index}.txt").write_text(f"{name} text {index}")
        change()

    return make


def steps(lengths: Any):
    return arrays(x=None, steps=np.zeros((60, 2), "float32"), steps_lengths=lengths)


def several(*makers: Callable[[], Any]):
    return lambda: [make() for make in makers]
