"""A folder with the small files that the commands in conf/ name."""

from __future__ import annotations

import json
import wave
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.conf.records import picture_record

ROWS = 40


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    random = np.random.default_rng(0)
    _write_wages(folder, random)
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
    _write_reviews(folder / "reviews.csv", random)
    _write_flowers(folder / "flowers", random)
    (folder / "arrays").mkdir()
    np.save(folder / "arrays" / "image.npy", pictures)
    np.save(folder / "arrays" / "label.npy", two)
    with h5py.File(folder / "pictures.h5", "w") as opened:
        opened["image"], opened["label"] = pictures, two
    (folder / "pictures.tfrecord").write_bytes(
        b"".join(map(picture_record, (pictures * 255).astype("uint8"), two))
    )
    lengths = random.integers(1, 9, ROWS)
    steps = random.random((lengths.sum(), 2), "float32")
    np.savez(folder / "walks.npz", steps=steps, steps_lengths=lengths, label=two)
    _write_weather(folder / "weather.csv", random)
    _write_labels(folder / "labels.csv")
    _write_letters(folder / "letters")
    _write_sounds(folder / "sounds")
    _write_scenes(folder / "scenes", folder / "masks", random)
    return folder


@pytest.fixture
def in_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project)
    return project


def _write_wages(folder: Path, random: np.random.Generator) -> None:
    """Write one table in every format."""
    names = ("age", "city", "wage")
    ages = random.integers(18, 70, ROWS).tolist()
    cities = random.choice(["Bonn", "Ulm", ""], ROWS).tolist()
    wages = random.normal(30, 5, ROWS).round(1).tolist()
    rows = list(zip(ages, cities, wages, strict=True))
    lines = [json.dumps(dict(zip(names, row, strict=True))) for row in rows]
    (folder / "wages.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "wages").mkdir()
    for file, separator in ((folder / "wages.csv", ","), (folder / "wages" / "1.tsv", "\t")):
        cells = [names, *(map(str, row) for row in rows)]
        file.write_text("\n".join(map(separator.join, cells)), encoding="utf-8")
    if find_spec("pyarrow"):
        import pyarrow as pa
        from pyarrow import feather, parquet

        table = pa.table([ages, cities, wages], names=list(names))
        parquet.write_table(table, folder / "wages.parquet")
        feather.write_feather(table, folder / "wages.feather")
    if find_spec("datasets"):
        import datasets

        columns = dict(zip(names, (ages, cities, wages), strict=True))
        datasets.Dataset.from_dict(columns).save_to_disk(folder / "wages_saved")


def _write_reviews(file: Path, random: np.random.Generator) -> None:
    words = {"good": ["lovely", "warm", "funny"], "bad": ["dull", "cold", "long"]}
    rows = [
        f'"{" ".join(random.choice(words[label], 5))}, indeed",{label}'
        for label in list(words) * (ROWS // 2)
    ]
    file.write_text("\n".join(["review,label", *rows]), encoding="utf-8")


def _write_flowers(folder: Path, random: np.random.Generator) -> None:
    from PIL import Image

    for name in ("aster", "rose"):
        (folder / name).mkdir(parents=True)
        for index in range(ROWS // 4):
            pixels = random.integers(0, 256, (40, 50, 3), "uint8")
            Image.fromarray(pixels).save(folder / name / f"{index}.png")


def _write_weather(file: Path, random: np.random.Generator) -> None:
    """Write a year of 13 months: the windows of all three splits are whole."""
    days = np.arange("2025-01-01", "2026-02-01", dtype="datetime64[D]")
    heat = 10 - 10 * np.cos(np.arange(len(days)) * 2 * np.pi / 365) + random.normal(size=len(days))
    rows = [f"{day},{value:.1f},{value / 2:.1f}" for day, value in zip(days, heat, strict=True)]
    file.write_text("\n".join(["day,temperature,dew_point", *rows]), encoding="utf-8")


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
