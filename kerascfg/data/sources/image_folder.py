"""A folder of images with one folder inside for each class, named after it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerascfg.data.peek import Peek, check_place, failed
from kerascfg.data.table import Load, Table, TensorSpec
from kerascfg.decoding import CHANNELS, ColorMode, decode_image
from kerascfg.errors import Problem, RunError, override

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif")
_SPLIT_NAMES = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})


def image_folder(path: str, image_size: list[int], color_mode: ColorMode = "rgb") -> Table:
    """Yield `image` `(height, width, channels)` and the target `label`, the folder's name.

    Pixels are float32 from 0 to 255, as pretrained backbones' own preprocessing expects them;
    images are resized to `image_size` (bilinear, smoothed where they shrink), not cropped. The
    fingerprint is over relative paths and sizes.

    Args:
        path: the folder.
        image_size: height and width.
        color_mode: `rgb` or `grayscale`.

    Raises:
        RunError: a class without images.
    """
    import numpy as np

    root = Path(path).expanduser()
    files: list[Path] = []
    labels: list[str] = []
    others: list[Path] = []
    for folder in _class_folders(root):
        entries = sorted(e for e in folder.rglob("*") if e.is_file() and e.name[0] != ".")
        images = [entry for entry in entries if entry.suffix.lower() in SUFFIXES]
        if not images:
            raise RunError(f"{folder}: expected images ({', '.join(SUFFIXES)}). Received: none")
        files += images
        labels += [folder.name] * len(images)
        others += [entry for entry in entries if entry.suffix.lower() not in SUFFIXES]
    height, width = image_size
    return Table(
        {
            "image": np.array([os.fsencode(file) for file in files], dtype=object),
            "label": np.array(labels, dtype=object),
        },
        {
            "image": TensorSpec((height, width, CHANNELS[color_mode]), "float32"),
            "label": TensorSpec((), "string"),
        },
        _fingerprint(files, root),
        target="label",
        load=_loader(height, width, color_mode),
        notes=_note(others, root),
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Look at the folders, not at the images."""
    problem = check_place(arguments, path, "a folder with one folder for each class", folder=True)
    problem = problem or _check_size(arguments.get("image_size"), path)
    if problem:
        return failed(problem)
    color_mode = arguments.get("color_mode", "rgb")
    if color_mode not in CHANNELS:
        said = f"expected rgb or grayscale. Received: {color_mode!r}"
        return failed(Problem(f"{path}.color_mode", said))
    names = [folder.name for folder in _class_folders(Path(arguments["path"]).expanduser())]
    if len(names) < 2:
        listed = f"only `{names[0]}`" if names else "no folder in it"
        return failed(
            Problem(
                f"{path}.path",
                "expected a folder with one folder for each class, two or more. "
                f"Received: {arguments['path']}, {listed}",
            )
        )
    if {name.lower() for name in names} <= _SPLIT_NAMES:
        return failed(
            Problem(
                f"{path}.path",
                f"expected one folder for each class. Received: {', '.join(names)}, which are "
                "names of splits",
                hint="name the folder that holds the classes; the split is drawn from it",
                fix=override(f"{path}.path", str(Path(arguments["path"]) / names[-1])),
            )
        )
    return Peek(("image", "label"), "label")


def _check_size(size: Any, path: str) -> Problem | None:
    if (
        isinstance(size, list)
        and len(size) == 2
        and all(isinstance(side, int) and not isinstance(side, bool) and side > 0 for side in size)
    ):
        return None
    return Problem(
        f"{path}.image_size",
        f"expected height and width in pixels. Received: {size!r}",
        fix=override(f"{path}.image_size", [96, 96]),
    )


def _class_folders(root: Path) -> list[Path]:
    return sorted(entry for entry in root.iterdir() if entry.is_dir() and entry.name[0] != ".")


def _fingerprint(files: list[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        relative = file.relative_to(root).as_posix()
        digest.update(os.fsencode(f"{relative}\0{file.stat().st_size}\n"))
    return digest.hexdigest()


def _note(others: list[Path], root: Path) -> tuple[str, ...]:
    if not others:
        return ()
    first = others[0].relative_to(root).as_posix()
    return (f"{len(others)} files of {root} are no images and were left out (such as {first})",)


def _loader(height: int, width: int, color_mode: ColorMode) -> Load:
    def load(row: dict[str, Any]) -> dict[str, Any]:
        import tensorflow as tf

        content = tf.io.read_file(row["image"])
        return {**row, "image": decode_image(content, height, width, color_mode)}

    return load
