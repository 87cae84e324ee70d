"""A folder with the small files that the commands in conf/ name."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

ROWS = 40


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    random = np.random.default_rng(0)
    _write_wages(folder / "wages.csv", random)
    two = np.arange(ROWS) % 2
    pictures = random.random((ROWS, 8, 8, 1), "float32")
    np.savez(folder / "pictures.npz", image=pictures, label=two)
    np.savez(folder / "scenes.npz", image=pictures, labels=random.integers(0, 2, (ROWS, 3)))
    np.savez(folder / "pairs.npz", left=pictures, right=pictures[::-1], same=two)
    np.savez(
        folder / "tickets.npz",
        facts=random.random((ROWS, 4), "float32"),
        words=random.integers(0, 1000, (ROWS, 16), "int32"),
        urgent=two.astype("float32")[:, None],
        team=np.arange(ROWS) % 5,
    )
    _write_flowers(folder / "flowers", random)
    _write_labels(folder / "labels.csv")
    _write_letters(folder / "letters")
    _write_sounds(folder / "sounds")
    _write_scenes(folder / "scenes", folder / "masks", random)
    return folder


@pytest.fixture
def in_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project)
    return project


def _write_wages(file: Path, random: np.random.Generator) -> None:
    rows = [
        f"{age},{city},{wage:.1f}"
        for age, city, wage in zip(
            random.integers(18, 70, ROWS),
            random.choice(["Bonn", "Ulm", ""], ROWS),
            random.normal(30, 5, ROWS),
            strict=True,
        )
    ]
    file.write_text("\n".join(["age,city,wage", *rows]), encoding="utf-8")


def _write_flowers(folder: Path, random: np.random.Generator) -> None:
    from PIL import Image

    for name in ("aster", "rose"):
        (folder / name).mkdir(parents=True)
        for index in range(ROWS // 4):
            pixels = random.integers(0, 256, (40, 50, 3), "uint8")
            Image.fromarray(pixels).save(folder / name / f"{index}.png")


def _write_labels(file: Path) -> None:
    images = sorted(file.parent.glob("flowers/*/*.png"))
    rows = [f"{image.relative_to(file.parent).as_posix()},{image.parent.name}" for image in images]
    file.write_text("\n".join(["image,kind", *rows]), encoding="utf-8")


def _write_letters(folder: Path) -> None:
    for name, words in (("thanks", "thank you for"), ("bill", "please pay")):
        (folder / name).mkdir(parents=True)
        for index in range(ROWS // 2):
            (folder / name / f"{index}.txt").write_text(f"{words} {index}", encoding="utf-8")


def _write_sounds(folder: Path) -> None:
    for name, hertz in (("low", 200), ("high", 2000)):
        (folder / name).mkdir(parents=True)
        for index in range(ROWS // 2):
            angles = np.arange(400 + index) * 2 * np.pi * (hertz + index) / 16000
            with wave.open(str(folder / name / f"{index}.wav"), "wb") as sound:
                sound.setparams((1, 2, 16000, 0, "NONE", ""))
                sound.writeframes((np.sin(angles) * 20000).astype("<i2").tobytes())


def _write_scenes(scenes: Path, masks: Path, random: np.random.Generator) -> None:
    from PIL import Image

    for folder in (scenes, masks):
        folder.mkdir()
    for index in range(ROWS):
        mask = random.integers(0, 3, (8, 8), "uint8")
        Image.fromarray(mask).save(masks / f"{index}.png")
        Image.fromarray(mask * 100).save(scenes / f"{index}.png")
