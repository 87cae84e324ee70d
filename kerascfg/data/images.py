"""What sources of images share: their arguments, the spec of an image, and how it is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from kerascfg.data.table import Load, TensorSpec
from kerascfg.decoding import CHANNELS, ColorMode, Fit, decode_image
from kerascfg.errors import Problem, override

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp")


@dataclass(frozen=True)
class Images:
    """How the files of a source become images.

    Attributes:
        image_size: height and width in pixels; None for files that stay as they are.
        color_mode: `rgb` or `grayscale`.
        fit: what happens where the proportions differ (see `kerascfg.decoding`).
        antialias: smooth where an image shrinks.
        bmp: whether BMP files may be among them (see `kerascfg.decoding`).
    """

    image_size: Sequence[int] | None
    color_mode: ColorMode = "rgb"
    fit: Fit = "stretch"
    antialias: bool = True
    bmp: bool = True

    @property
    def spec(self) -> TensorSpec:
        """Return the spec of an image, or of a file's bytes."""
        if self.image_size is None:
            return TensorSpec((), "string")
        return TensorSpec((*self.image_size, CHANNELS[self.color_mode]), "float32")

    def load(self, file: Any) -> Any:
        """Read the file of a name, with TensorFlow's operations, and decode it."""
        import tensorflow as tf

        return self.decode(tf.io.read_file(file))

    def decode(self, content: Any) -> Any:
        """Decode a file's bytes, or leave them as they are."""
        if self.image_size is None:
            return content
        height, width = self.image_size
        return decode_image(
            content, height, width, self.color_mode, self.fit, self.antialias, self.bmp
        )


def has_bmp(files: Iterable[str | Path]) -> bool:
    """Tell whether one of some files bears the name of a BMP file."""
    return any(Path(file).suffix.lower() == ".bmp" for file in files)


def loaded_images(images: Mapping[str, Images]) -> Load | None:
    """Return what `Table.load` is for columns of images' bytes, None where there are none."""

    def load(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, **{name: each.decode(row[name]) for name, each in images.items()}}

    return load if images else None


def check_images(arguments: Mapping[str, Any], path: str) -> list[Problem]:
    """Check what a source's arguments say of its images.

    Args:
        arguments: `encoded`, and what decoding needs, as far as they are stated.
        path: where the source stands in the config.
    """
    size = arguments.get("image_size")
    if arguments.get("encoded"):
        decoding = ("image_size", "color_mode", "fit", "antialias")
        return check_encoded(arguments, path, decoding, "DecodeImage")
    problems = []
    if not (isinstance(size, list) and len(size) == 2 and all(map(is_count, size))):
        problems.append(
            Problem(
                f"{path}.image_size",
                f"expected height and width in pixels. Received: {size!r}",
                fix=override(f"{path}.image_size", [96, 96]),
            )
        )
    for name, choices in (("color_mode", get_args(ColorMode)), ("fit", get_args(Fit))):
        if arguments.get(name, choices[0]) not in choices:
            said = f"expected one of {', '.join(choices)}. Received: {arguments[name]!r}"
            problems.append(Problem(f"{path}.{name}", said))
    return problems


def check_encoded(
    arguments: Mapping[str, Any], path: str, names: Sequence[str], layer: str
) -> list[Problem]:
    """Refuse what says how files are decoded, where they stay encoded.

    Args:
        arguments: the source's arguments.
        path: where the source stands in the config.
        names: the arguments that say so.
        layer: the layer that decodes instead.
    """
    return [
        Problem(
            f"{path}.{name}",
            f"expected none, since encoded: true leaves the files as they are. "
            f"Received: {arguments[name]!r}",
            hint=f"say it of the layer {layer} in model.preprocess",
            fix=f"~{path}.{name}",
        )
        for name in names
        if arguments.get(name) is not None
    ]


def is_count(value: Any) -> bool:
    """Tell whether a value is a whole number above 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
