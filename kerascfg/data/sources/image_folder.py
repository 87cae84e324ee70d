"""A folder of images with one folder inside for each class, named after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kerascfg.data.folders import find_class_files, peek_class_folders
from kerascfg.data.images import SUFFIXES, Images, check_images, has_bmp
from kerascfg.data.peek import Peek
from kerascfg.data.table import Table, TensorSpec
from kerascfg.decoding import ColorMode, Fit


def image_folder(
    path: str,
    image_size: list[int] | None = None,
    color_mode: ColorMode = "rgb",
    fit: Fit = "stretch",
    antialias: bool = True,
    encoded: bool = False,
) -> Table:
    """Yield `image` `(height, width, channels)` and the target `label`, the folder's name.

    Pixels are float32 from 0 to 255, as pretrained backbones' own preprocessing expects them;
    images are resized bilinear. The folder may come divided (`train`,
    `validation`, `test` with the classes' folders inside). The fingerprint is over relative paths
    and sizes.

    Args:
        path: the folder.
        image_size: height and width.
        color_mode: `rgb` or `grayscale`.
        fit: what happens where the proportions differ: `stretch` the image, `crop` it around its
            centre, or `pad` it with black.
        antialias: smooth where an image shrinks; false is faster and gives the pixels of
            `keras.utils.image_dataset_from_directory`.
        encoded: yield the files' bytes (a string) instead, for `DecodeImage` in
            `model.preprocess`; then nothing else is said of images here.

    Raises:
        RunError: a class without images.
    """
    files = find_class_files(path, SUFFIXES, "images")
    images = Images(
        None if encoded else image_size, color_mode, fit, antialias, has_bmp(files.paths)
    )
    return Table(
        files.columns("image"),
        {"image": images.spec, "label": TensorSpec((), "string")},
        files.fingerprint,
        target="label",
        load=lambda row: {**row, "image": images.load(row["image"])},
        splits=files.splits_of_rows(),
        notes=files.notes,
        place=files.place,
        files=("image",),
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Look at the folders, not at the images."""
    seen = peek_class_folders(arguments, path, "image")
    return replace(seen, problems=(*seen.problems, *check_images(arguments, path)))
