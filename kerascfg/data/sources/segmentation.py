"""Two folders, of images and of masks, whose files bear the same names (but for the suffix)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.data.folders import files_below, fingerprint_by_size, names_of, note_of_others
from kerascfg.data.images import SUFFIXES, Images, check_images
from kerascfg.data.peek import Peek, check_path
from kerascfg.data.table import Table, TensorSpec
from kerascfg.decoding import ColorMode
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np

_MASK_SUFFIXES = (".png", ".bmp", ".gif")
_ONE_CHANNEL = frozenset({"1", "L", "P", "I", "I;16", "I;16B"})


def segmentation(
    images: str,
    masks: str,
    image_size: list[int],
    color_mode: ColorMode = "rgb",
    binary: bool = False,
    on_error: Literal["stop", "skip"] = "stop",
) -> Table:
    """Yield `image` `(height, width, channels)` and the target `mask` `(height, width)`.

    Pixels are float32 from 0 to 255, as `image_folder` yields them; masks are int32, resized
    without mixing values (nearest). A mask is a file of one channel whose values are the classes'
    numbers, as they are stored: an index into a table of colours (as Pascal VOC's) counts, not the
    colour. The fingerprint is over relative paths and sizes.

    Args:
        images: the folder of the images.
        masks: the folder of the masks (PNG, BMP or GIF): `a/1.png` is the mask of `a/1.jpg`.
        image_size: height and width of both.
        color_mode: of the images, `rgb` or `grayscale`.
        binary: every value above 0 is class 1, for masks of 0 and 255.
        on_error: `skip` leaves out what is no pair of one size, and lists it.

    Raises:
        RunError: an image has no mask, a mask has no image, or the two do not fit each other.
    """
    roots = Path(images).expanduser(), Path(masks).expanduser()
    image_files, other_images = _by_stem(roots[0], SUFFIXES)
    mask_files, other_masks = _by_stem(roots[1], _MASK_SUFFIXES)
    wrong = _unpaired(roots, image_files, mask_files)
    pairs = []
    for stem in sorted(image_files.keys() & mask_files.keys()):
        reason = _mismatch(image_files[stem], mask_files[stem])
        if reason:
            wrong.append(reason)
        else:
            pairs.append((image_files[stem], mask_files[stem]))
    if wrong and on_error == "stop":
        more = [f"... and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
        raise RunError("\n".join([*wrong[:_SHOWN], *more]))
    loading = Images(image_size, color_mode)
    return Table(
        {
            "image": names_of(image for image, _ in pairs),
            "mask": Masks(tuple(mask for _, mask in pairs), tuple(image_size), binary),
        },
        {"image": loading.spec, "mask": TensorSpec(tuple(image_size), "int32")},
        fingerprint_by_size(chain.from_iterable(pairs), roots[0]),
        target="mask",
        load=lambda row: {**row, "image": loading.load(row["image"])},
        notes=(
            *note_of_others(other_images, roots[0], "images"),
            *note_of_others(other_masks, roots[1], "masks"),
        ),
        skipped=tuple(wrong),
        place=lambda row: str(pairs[row][0]),
        files=("image",),
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Look for the folders, not at the files."""
    found = [
        check_path(arguments.get(name), f"{path}.{name}", f"a folder of {name}", folder=True)
        for name in ("images", "masks")
    ]
    problems = [*filter(None, found), *check_images(arguments, path)]
    return Peek(("image", "mask"), "mask", problems=tuple(problems))


_SHOWN = 5


@dataclass(frozen=True)
class Masks:
    """A column of masks that are read when asked.

    Attributes:
        files: the files, one a row.
        size: height and width.
        binary: whether every value above 0 is class 1.
    """

    files: tuple[Path, ...]
    size: tuple[int, ...]
    binary: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Return `(rows, height, width)`."""
        return (len(self.files), *self.size)

    @property
    def dtype(self) -> np.dtype:
        """Return int32."""
        import numpy as np

        return np.dtype("int32")

    def __len__(self) -> int:
        """Return the number of masks."""
        return len(self.files)

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        """Read some masks, int32 `(rows, height, width)`.

        Raises:
            RunError: a file is damaged.
        """
        import numpy as np

        numbers = np.arange(len(self.files))[rows]
        masks = np.empty((len(numbers), *self.size), np.int32)
        for index, number in enumerate(numbers):
            masks[index] = self._read(self.files[number])
        return masks

    def _read(self, file: Path) -> np.ndarray:
        import numpy as np
        from PIL import Image

        try:
            with Image.open(file) as opened:
                values = np.asarray(opened)
        except (OSError, SyntaxError) as error:  # Pillow's for a broken PNG
            raise RunError(f"{file}: expected a mask. Received: {error}") from error
        # The nearest one to the centre of each, in whole numbers.
        rows, columns = (
            (2 * np.arange(wanted) + 1) * had // (2 * wanted)
            for wanted, had in zip(self.size, values.shape, strict=True)
        )
        mask = values[rows[:, None], columns]
        return mask > 0 if self.binary else mask


def _by_stem(root: Path, suffixes: tuple[str, ...]) -> tuple[dict[str, Path], list[Path]]:
    """Return the files by their path below the folder without its suffix, and other files.

    Raises:
        RunError: two files have the same name but for the suffix.
    """
    found: dict[str, Path] = {}
    others = []
    for file in files_below(root):
        stem = file.relative_to(root).with_suffix("").as_posix()
        if file.suffix.lower() not in suffixes:
            others.append(file)
        elif stem in found:
            raise RunError(f"expected each name once. Received: {found[stem]} and {file}")
        else:
            found[stem] = file
    return found, others


def _unpaired(
    roots: tuple[Path, Path], images: Mapping[str, Path], masks: Mapping[str, Path]
) -> list[str]:
    return [
        *(
            f"{images[stem]}: expected a mask {stem}{_MASK_SUFFIXES[0]} in {roots[1]}. "
            "Received: none"
            for stem in sorted(images.keys() - masks.keys())
        ),
        *(
            f"{masks[stem]}: expected an image {stem}{SUFFIXES[0]} in {roots[0]}. Received: none"
            for stem in sorted(masks.keys() - images.keys())
        ),
    ]


def _mismatch(image: Path, mask: Path) -> str | None:
    """Say why a mask is not that of an image, by what both files' headers say."""
    from PIL import Image, UnidentifiedImageError

    sizes = []
    for file in (image, mask):
        try:
            with Image.open(file) as opened:
                sizes.append(opened.size)
                mode = opened.mode
        except (UnidentifiedImageError, OSError) as error:
            return f"{file}: expected an image. Received: {error}"
    if mode not in _ONE_CHANNEL:
        return (
            f"{mask}: expected a mask of one channel, whose values are classes. "
            f"Received: {mode}, a picture in colours"
        )
    if sizes[0] != sizes[1]:
        said = " and ".join(f"{width}x{height}" for width, height in sizes)
        return f"{mask}: expected a mask of the size of {image}. Received: {said} pixels"
    return None
