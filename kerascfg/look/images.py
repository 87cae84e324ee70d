"""A contact sheet: images in rows, one a class, their augmented versions below, masks over them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kerascfg.errors import printable
from kerascfg.look.examples import Examples
from kerascfg.runs import INK, MUTED, new_figure, save_figure, shortened

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

_CELL, _GAP, _DPI = 96, 6, 150
_COLOURS = ((230, 25, 75), (60, 180, 75), (67, 99, 216), (255, 225, 25), (245, 130, 49),
            (145, 30, 180), (66, 212, 244), (240, 50, 230))  # fmt: skip


def draw_images(examples: Examples, name: str, file: Path) -> Path:
    """Draw the contact sheet of a feature.

    Args:
        examples: the samples.
        name: the feature, of shape `(height, width, channels)` or `(height, width)`.
        file: where to write.
    """
    images, augmented = examples.features[name], examples.augmented.get(name)
    low, high = _range(images)
    mask = _mask_of(examples, name)
    kinds = [("", _cells(images, low, high, None))]
    if mask:
        kinds.append(("with mask", _cells(images, low, high, examples.targets[mask])))
    if augmented is not None:
        masks = examples.augmented.get(mask, examples.targets[mask]) if mask else None
        kinds.append(("augmented", _cells(augmented, low, high, masks)))
    rows, labels = [], []
    for group in examples.groups:
        for kind, cells in kinds:
            lines = (shortened(printable(line), 22) for line in group.label.split("\n"))
            labels.append(kind or "\n".join(lines))
            rows.append(cells[list(group.positions)])
    sheet, centres = _montage(rows, len(kinds))
    return _save(examples, name, sheet, (centres, labels), (low, high), file, mask)


def _save(
    examples: Examples,
    name: str,
    sheet: np.ndarray,
    rows: tuple[list[float], list[str]],
    shown: tuple[float, float],
    file: Path,
    mask: str | None,
) -> Path:
    height, width = sheet.shape[:2]
    figure = new_figure(max(width / _DPI, 5) + 1.4, height / _DPI + 0.9)
    axes = figure.add_subplot()
    axes.imshow(sheet, interpolation="nearest")
    axes.set_yticks(rows[0], rows[1], fontsize=8, color=INK)
    for label, text in zip(axes.get_yticklabels(), rows[1], strict=True):
        if text in ("augmented", "with mask"):
            label.set(color=MUTED, fontsize=7, fontstyle="italic")
    axes.set_xticks([])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(_title(examples, name, shown), loc="left", fontsize=9, color=INK, pad=8)
    if mask:
        _add_legend(axes, examples.targets[mask], mask)
    return save_figure(figure, file)


def _title(examples: Examples, name: str, shown: tuple[float, float]) -> str:
    spec = examples.specs[name]
    sizes = ", ".join(f"{size:,} {split}" for split, size in examples.sizes.items())
    shape = "x".join(map(str, spec.shape))
    of_all = ""
    if examples.classes > len(examples.groups):
        of_all = f" ({len(examples.groups)} of {examples.classes} classes)"
    low, high = (f"{value:g}" for value in shown)
    first = f"{shortened(printable(name), 40)}: {sizes}{of_all}"
    return f"{first}\n{shape} {spec.dtype}; black is {low}, white is {high}"


def _range(images: np.ndarray) -> tuple[float, float]:
    """Return what is black and what is white: of images in 0 to 1 or 0 to 255, these."""
    import numpy as np

    finite = images[np.isfinite(images)] if images.dtype.kind == "f" else images
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if images.dtype.kind == "f" and -1 <= low < 0 and high <= 1:
        return -1.0, 1.0
    if low >= 0 and high <= 1 and images.dtype.kind == "f":
        return 0.0, 1.0
    if images.dtype == np.uint8 or (low >= 0 and 64 < high <= 255):
        return 0.0, 255.0
    return low, high if high > low else low + 1


def _cells(images: np.ndarray, low: float, high: float, masks: np.ndarray | None) -> np.ndarray:
    """Return pictures `(samples, height, width, 3)`, uint8, in the proportions of the images."""
    import numpy as np

    pixels = images[..., None] if images.ndim == 3 else images
    scaled = np.clip((np.nan_to_num(pixels).astype("float32") - low) / (high - low), 0, 1)
    if scaled.shape[-1] == 4:  # on white, as a browser shows it
        scaled = scaled[..., :3] * scaled[..., 3:] + 1 - scaled[..., 3:]
    elif scaled.shape[-1] == 1:
        scaled = np.repeat(scaled, 3, axis=-1)
    whole = np.round(scaled * 255).astype(np.uint8)
    if masks is not None:
        whole = np.stack([_overlaid(*pair) for pair in zip(whole, masks, strict=True)])
    return np.stack([_fitted(picture) for picture in whole])


def _fitted(picture: np.ndarray) -> np.ndarray:
    """Return a picture whose longer side is a cell: small ones in whole multiples of a pixel."""
    import numpy as np
    from PIL import Image

    height, width = picture.shape[:2]
    factor = _CELL / max(height, width)
    if factor >= 2:
        factor = int(factor)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    how = Image.Resampling.NEAREST if factor >= 2 else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(picture).resize(size, how))


def _overlaid(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return a picture with the classes of its mask in colours; class 0 stays as it is."""
    import numpy as np

    classes = mask.reshape(picture.shape[:2]).astype(int)
    colours = np.array(_COLOURS, np.float32)[(classes - 1) % len(_COLOURS)]
    blended = np.where(classes[..., None] > 0, 0.5 * picture + 0.5 * colours, picture)
    return blended.astype(np.uint8)


def _mask_of(examples: Examples, name: str) -> str | None:
    """Return the target that has a whole number for each pixel."""
    size = examples.features[name].shape[1:3]
    for target, values in examples.targets.items():
        one = values.ndim == 3 or (values.ndim == 4 and values.shape[3] == 1)
        if one and values.shape[1:3] == size:
            return target
    return None


def _add_legend(axes: Axes, mask: np.ndarray, name: str) -> None:
    import numpy as np
    from matplotlib.patches import Patch

    found = [int(value) for value in np.unique(mask) if value > 0][: 2 * len(_COLOURS)]
    colours = ["#{:02x}{:02x}{:02x}".format(*colour) for colour in _COLOURS]
    said = printable(name)
    patches = [Patch(color=colours[(c - 1) % len(colours)], label=f"{said} {c}") for c in found]
    if patches:
        place = {"loc": "upper left", "bbox_to_anchor": (0, 0), "ncols": min(6, len(patches))}
        axes.legend(handles=patches, frameon=False, fontsize=7.5, labelcolor=INK, **place)


def _montage(rows: list[np.ndarray], kinds: int) -> tuple[np.ndarray, list[float]]:
    """Return all rows as one picture, and the height of each row's centre.

    Args:
        rows: cells `(samples, height, width, 3)`, all of one size.
        kinds: how many rows show the same samples; they stand closer to each other.
    """
    import numpy as np

    height, width = rows[0].shape[1:3]
    columns = max(len(row) for row in rows)
    apart = 3 * _GAP if kinds > 1 else _GAP
    tops = [at * (height + _GAP) + at // kinds * (apart - _GAP) for at in range(len(rows))]
    sheet = np.full((tops[-1] + height, columns * (width + _GAP) - _GAP, 3), 255, np.uint8)
    for top, row in zip(tops, rows, strict=True):
        for column, cell in enumerate(row):
            left = column * (width + _GAP)
            sheet[top : top + height, left : left + width] = cell
    return sheet, [top + height / 2 for top in tops]
