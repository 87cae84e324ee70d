"""The same digits give the same pixels and train alike, whichever source they come by."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import kerascfg
from kerascfg import interpreter
from kerascfg.data import Data, open_data
from kerascfg.runs import create_run

pytestmark = pytest.mark.slow


BRIGHT = 8  # the pictures' pixels are 0 to 128, so that dividing them is exact


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All digits as PNG, a folder a class, and a table of them in scikit-learn's order."""
    import tensorflow as tf
    from sklearn.datasets import load_digits

    bunch = load_digits()
    folder = tmp_path_factory.mktemp("digits")
    rows = ["image,digit"]
    for index, (pixels, digit) in enumerate(zip(bunch.images, bunch.target, strict=True)):
        name = f"pictures/{digit}/{index:04}.png"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        content = tf.io.encode_png((pixels * BRIGHT).astype("uint8")[..., None])
        (folder / name).write_bytes(content.numpy())
        rows.append(f"{name},{digit}")
    (folder / "digits.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


def config(source: str, folder: Path) -> dict[str, Any]:
    """Return a small network on the digits; pixels of files are brought to 0 to 1."""
    of_files = {"image_size": [8, 8], "color_mode": "grayscale"}
    data = {
        "digits": {"source": "digits"},
        "image_folder": {
            "source": {"type": "image_folder", "path": str(folder / "pictures"), **of_files}
        },
        "image_table": {
            "source": {"type": "image_table", "path": str(folder / "digits.csv"), **of_files},
            "target": "digit",
        },
    }[source]
    whole = kerascfg.load(["train.epochs=8", "export=[]"])
    whole["data"] = data
    whole["model"] = {
        "layers": {
            "scale": {"type": "Rescaling", "scale": 1 if source == "digits" else 1 / 16 / BRIGHT},
            "flat": "Flatten",
            "hidden": {"type": "Dense", "units": 128, "activation": "relu"},
            "head": {"type": "Dense", "units": 10, "activation": "softmax"},
        }
    }
    return whole


def open_digits(source: str, folder: Path) -> Data:
    return open_data(config(source, folder)["data"], task="classification", seed=1)


def test_a_table_of_files_gives_the_batches_of_the_array(files):
    batches = [
        open_digits(source, files).training_batches() for source in ("digits", "image_table")
    ]
    for (x, y, _), (pictures, labels, _) in zip(*(each.take(5) for each in batches), strict=True):
        np.testing.assert_array_equal(pictures["image"] / (16 * BRIGHT), x["image"])
        np.testing.assert_array_equal(labels["digit"], y["digit"])


def test_a_folder_holds_the_same_pixels(files):
    def pixels_by_class(source: str, scale: int) -> list[tuple[int, bytes]]:
        data = open_digits(source, files)
        arrays = [data.arrays(split) for split in data.sizes]
        return sorted(
            (int(label), np.round(pixels * scale).astype("uint8").tobytes())
            for x, y in arrays
            for pixels, label in zip(x["image"], *y.values(), strict=True)
        )

    assert pixels_by_class("image_folder", 1) == pixels_by_class("digits", 16 * BRIGHT)


def test_all_train_to_the_same_accuracy(files, tmp_path):
    def accuracy(source: str) -> float:
        console = Console(file=io.StringIO(), width=100)
        run = create_run(tmp_path / source)
        return interpreter.train(config(source, files), run, console).metrics["test"]["accuracy"]

    expected = accuracy("digits")
    assert expected > 0.85
    assert accuracy("image_table") == pytest.approx(expected, abs=1e-6)
    assert accuracy("image_folder") == pytest.approx(expected, abs=0.06)
