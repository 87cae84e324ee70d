"""Tiny real data in files: scikit-learn's wines, digits and photographs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def wine_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """178 wines: alcohol and hue (numbers), magnesium (whole numbers), grower (a text)."""
    from sklearn.datasets import load_wine

    bunch = load_wine()
    names = list(bunch.feature_names)
    file = tmp_path_factory.mktemp("wine") / "wine.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["alcohol", "hue", "magnesium", "grower"])
        for row, grower in zip(bunch.data, bunch.target, strict=True):
            wine = dict(zip(names, row, strict=True))
            cells = [wine["alcohol"], wine["hue"], int(wine["magnesium"])]
            writer.writerow([*cells, ("Aldo", "Bea", "Carla")[grower]])
    return file


@pytest.fixture
def digit_images(tmp_path: Path) -> Path:
    """20 digits as 8x8 pictures, ten zeros and ten ones, in folders `one` and `zero`."""
    from PIL import Image
    from sklearn.datasets import load_digits

    bunch = load_digits()
    for digit, name in enumerate(("zero", "one")):
        folder = tmp_path / "digits" / name
        folder.mkdir(parents=True)
        for index, image in enumerate(bunch.images[bunch.target == digit][:10]):
            Image.fromarray((image * 15).astype("uint8")).save(folder / f"{index}.png")
    return tmp_path / "digits"
