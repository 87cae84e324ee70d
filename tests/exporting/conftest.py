"""Finished runs to export from: tiny Keras models with samples, as training leaves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

MakeRun = Callable[..., Path]


def save_run(
    directory: Path,
    model: Any,
    features: Mapping[str, Any],
    truth: Mapping[str, Any],
    calibration: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None,
):
    directory.mkdir(parents=True, exist_ok=True)
    model.save(directory / "model.keras")
    (directory / "config.yaml").write_text("model: {layers: {}}\n", encoding="utf-8")
    np.savez(directory / "samples.npz", **_by_kind(features, truth))
    if calibration is not None:
        np.savez(directory / "calibration.npz", **_by_kind(*calibration))
    return directory


def _by_kind(features: Mapping[str, Any], truth: Mapping[str, Any]) -> dict[str, Any]:
    arrays = {f"x/{name}": value for name, value in features.items()}
    return arrays | {f"y/{name}": value for name, value in truth.items()}


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Save a model and its samples as a run directory."""

    def make(
        model: Any,
        features: Mapping[str, Any],
        truth: Mapping[str, Any] | None = None,
        calibration: Mapping[str, Any] | None = None,
    ):
        drawn = None if calibration is None else (calibration, {})
        return save_run(tmp_path / "run", model, features, truth or {}, drawn)

    return make


@pytest.fixture(scope="session")
def trained_digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a small CNN on handwritten digits, really, and leave a run directory (to be copied)."""
    import keras
    from sklearn.datasets import load_digits

    keras.utils.set_random_seed(0)
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype("float32").reshape(-1, 8, 8, 1)
    image = keras.Input((8, 8, 1), name="image")
    x = keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="conv1")(image)
    x = keras.layers.BatchNormalization(name="bn1")(x)
    x = keras.layers.Flatten(name="flat")(x)
    head = keras.layers.Dense(10, activation="softmax", name="head")(x)
    model = keras.Model({"image": image}, head)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(images[:1500], labels[:1500], epochs=3, batch_size=64, verbose=0)
    run = tmp_path_factory.mktemp("digits")
    tests = {"image": images[1500:1650]}, {"digit": labels[1500:1650].astype("int32")}
    drawn = {"image": images[:300]}, {"digit": labels[:300].astype("int32")}
    return save_run(run, model, *tests, calibration=drawn)


@pytest.fixture
def digits_run(trained_digits: Path, tmp_path: Path) -> Path:
    """Return a fresh run directory with the trained CNN."""
    import shutil

    return Path(shutil.copytree(trained_digits, tmp_path / "run"))


@pytest.fixture
def broken_targets(monkeypatch: pytest.MonkeyPatch) -> str:
    """Allow the targets of `plugin/broken_targets.py`; return the package's name."""
    monkeypatch.setenv("KERASCFG_PLUGINS", "broken_targets")
    monkeypatch.chdir(Path(__file__).parent / "plugin")
    return "broken_targets"
