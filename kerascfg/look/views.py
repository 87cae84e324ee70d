"""Which view a feature has follows from its spec; here is the table of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kerascfg.data import Data, TensorSpec
from kerascfg.errors import RunError
from kerascfg.look.examples import Examples, choose_examples
from kerascfg.look.images import draw_images
from kerascfg.look.page import write_page
from kerascfg.look.series import draw_series
from kerascfg.look.sounds import draw_sounds

_LEAST_SIDE, _LEAST_SAMPLES, _LEAST_STEPS, _MOST_LINES = 8, 1000, 4, 64


@dataclass(frozen=True)
class View:
    """One way to look at a feature.

    Attributes:
        fits: tells by its spec whether a feature is looked at so.
        draw: draws a feature of some samples into a file.
    """

    fits: Callable[[TensorSpec], bool]
    draw: Callable[[Examples, str, Path], Path]


def _is_image(spec: TensorSpec) -> bool:
    match spec.shape:
        case (int(height), int(width), 1 | 3 | 4):
            return min(height, width) >= _LEAST_SIDE
        case (int(height), int(width)):
            return spec.dtype == "uint8" and min(height, width) >= _LEAST_SIDE
    return False


def _is_sound(spec: TensorSpec) -> bool:
    match spec.shape:
        case (int(samples),) | (int(samples), 1 | 2):
            return samples >= _LEAST_SAMPLES and spec.dtype.startswith("float")
    return False


def _is_series(spec: TensorSpec) -> bool:
    match spec.shape:
        case (int() | None as steps, int(width)):
            known = steps is None or steps >= _LEAST_STEPS
            return known and width <= _MOST_LINES and spec.dtype.startswith("float")
    return False


VIEWS = {
    "image": View(_is_image, draw_images),
    "sound": View(_is_sound, draw_sounds),
    "series": View(_is_series, draw_series),
}
"""The first that fits is taken; what fits none is a column of the page."""
PAGE = "samples.html"


def draw_samples(data: Data, folder: Path) -> list[Path]:
    """Write pictures of training samples, and a page of what is no picture.

    Args:
        data: the data, as training would take it.
        folder: the folder of the files; see `files_of`.

    Returns:
        The files.

    Raises:
        RunError: a sample cannot be read, or a file cannot be written.
    """
    examples = choose_examples(data)
    try:
        return _draw(examples, folder)
    except OSError as error:
        reason = error.strerror or error
        raise RunError(f"{folder}: the pictures cannot be written. {reason}") from error


def _draw(examples: Examples, folder: Path) -> list[Path]:
    views = _views(examples.specs)
    files = [
        VIEWS[kind].draw(examples, name, folder / f"{_file_name(name)}.png")
        for name, kind in views.items()
    ]
    rest = [name for name in examples.specs if name not in views]
    if views:  # codes and files' bytes say nothing beside a picture
        rest = [name for name in rest if examples.specs[name].shape in ((), (1,))]
        rest = [name for name in rest if not _is_content(examples, name)]
    return [*files, write_page(examples, rest, folder / PAGE)] if rest else files


def files_of(data: Data) -> list[str]:
    """Return the names of the files that `draw_samples` may write."""
    specs = {**data.raw_features, **data.features}
    return [*(f"{_file_name(name)}.png" for name in _views(specs)), PAGE]


def _views(specs: Mapping[str, TensorSpec]) -> dict[str, str]:
    """Return the features that are pictures, each with the name of its view."""
    found = {
        name: next((kind for kind, view in VIEWS.items() if view.fits(spec)), None)
        for name, spec in specs.items()
    }
    return {name: kind for name, kind in found.items() if kind is not None}


def _is_content(examples: Examples, name: str) -> bool:
    return any(isinstance(value, bytes) for value in examples.features[name][:1].flat)


def _file_name(name: str) -> str:
    """Return a name that every file system takes, whatever the feature is called."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:60] or "feature"
