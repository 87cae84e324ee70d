"""A data set of TensorFlow Datasets: prepared on this machine, or fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.data.folders import fingerprint_by_size
from kerascfg.data.images import Images, loaded_images
from kerascfg.data.peek import Peek, failed
from kerascfg.data.splitting.settings import SPLITS
from kerascfg.data.table import Column, Table, measured_specs
from kerascfg.errors import Problem, RunError

if TYPE_CHECKING:
    import numpy as np

_IN_MEMORY = 2 * 2**30


@dataclass(frozen=True, eq=False)
class _Encoded:
    """A column of images' bytes, read from the records when asked."""

    records: Sequence[Any]
    name: str

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.records),)

    @property
    def dtype(self) -> np.dtype:
        import numpy as np

        return np.dtype(object)

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        import numpy as np

        numbers = np.arange(len(self.records))[rows]
        return np.array([self.records[int(row)][self.name] for row in numbers], object)


class _Joined(Sequence[Any]):
    """Records of several splits, one after the other."""

    def __init__(self, parts: Sequence[Sequence[Any]]):
        self._places = [(part, row) for part in parts for row in range(len(part))]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, row: Any) -> Any:
        part, number = self._places[row]
        return part[number]


def tfds(
    name: str,
    data_dir: str | None = None,
    image_size: list[int] | None = None,
    download: bool = True,
) -> Table:
    """Yield the features of a data set, and as target what it has for supervised learning.

    Numbers and texts are in memory. Images are float32 from 0 to 255 and are read when asked from
    a data set in the format `array_record`, which `download` prepares; the examples of one in
    another format (`tfrecord`) are held in memory, encoded, and may take 2 GiB. Features of other
    kinds or of no fixed shape are left out. The fingerprint is over the files' names and sizes.

    Args:
        name: `mnist`, or with configuration and version `imagenet_v2/topimages:3.0.0`.
        data_dir: the folder of prepared data sets; null is TFDS's own.
        image_size: height and width, to which images are resized; needed where theirs differ.
        download: fetch and prepare what is not there yet.

    Raises:
        RunError: it is not there and cannot be fetched, is too large, or has no usable feature.
    """
    import numpy as np

    builder = _prepared(name, data_dir, download)
    info = builder.info
    splits = [split for split in SPLITS if split in info.splits]
    if not splits:
        found = ", ".join(info.splits)
        raise RunError(f"tfds: expected train, validation or test. Received: `{name}` with {found}")
    records = _Joined([_records(builder, split) for split in splits])
    images = _images(info, image_size)
    names = [n for n, each in info.features.items() if n not in images and _is_plain(each)]
    if not images and not names:
        raise RunError(f"tfds: expected images, numbers or texts. Received: {info.features}")
    columns: dict[str, Column] = {each: _Encoded(records, each) for each in images}
    values: dict[str, list[Any]] = {each: [] for each in names}
    for record in records:
        for each, cells in values.items():
            cells.append(record[each])
    for each, cells in values.items():
        as_is = object if isinstance(cells[0], bytes) else None
        columns[each] = np.array(cells, as_is)
    specs = measured_specs({each: columns[each] for each in names})
    left_out = [each for each in info.features if each not in columns]
    supervised = info.supervised_keys[1] if info.supervised_keys else None
    files = sorted(Path(builder.data_dir).iterdir())
    return Table(
        columns,
        {**{each: how.spec for each, how in images.items()}, **specs},
        fingerprint_by_size(files, Path(builder.data_dir)),
        target=supervised if supervised in columns else None,
        load=loaded_images(images),
        class_names={n: tuple(info.features[n].names) for n in names if _has_names(info, n)},
        splits=_split_names(info, splits) if len(splits) > 1 else None,
        notes=(f"tfds: left out, of no kind that can be read: {', '.join(left_out)}",)
        if left_out
        else (),
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Look for the package."""
    if find_spec("tensorflow_datasets") is None:
        message = "expected the package tensorflow-datasets for tfds. Received: none"
        return failed(Problem(path, message, hint="pip install 'kerascfg[tfds]'"))
    return Peek()


def _library() -> Any:
    return import_module("tensorflow_datasets")


def _prepared(name: str, data_dir: str | None, download: bool) -> Any:
    """Return the builder of a data set that is on this machine.

    Raises:
        RunError: it is not, and may not or cannot be fetched.
    """
    place = str(Path(data_dir).expanduser()) if data_dir else None
    try:
        builder = _library().builder(name, data_dir=place, try_gcs=False)
        if not builder.is_prepared():
            if not download:
                raise RunError(f"tfds: expected `{name}` to be prepared. Received: download=false")
            builder.download_and_prepare(file_format="array_record")
    except RunError:
        raise
    except Exception as error:
        where = place or "~/tensorflow_datasets"
        raise RunError(
            f"tfds: `{name}` is not prepared in {where} and could not be fetched. "
            f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
        ) from error
    return builder


def _records(builder: Any, split: str) -> Sequence[Any]:
    """Return the examples of a split, images encoded: read when asked, or else in memory."""
    library = _library()
    skip = {
        name: library.decode.SkipDecoding()
        for name, each in builder.info.features.items()
        if isinstance(each, _library().features.Image)
    }
    formats = library.core.file_adapters.FileFormat.with_random_access()
    if builder.info.file_format in formats:
        return builder.as_data_source(split, decoders=skip)
    size = int(builder.info.dataset_size)
    if size > _IN_MEMORY:
        raise RunError(
            f"tfds: expected the format array_record, or at most {_IN_MEMORY / 2**30:g} GiB. "
            f"Received: `{builder.info.full_name}` in {builder.info.file_format.value}, "
            f"{size / 2**30:.1f} GiB\n  way out: `data_dir` of another folder, where it is "
            "prepared anew"
        )
    dataset = builder.as_dataset(split=split, decoders=skip, shuffle_files=False)
    return list(library.as_numpy(dataset))


def _images(info: Any, image_size: list[int] | None) -> dict[str, Images]:
    found = {}
    for name, each in info.features.items():
        if not isinstance(each, _library().features.Image) or each.np_dtype != "uint8":
            continue
        height, width, channels = each.shape
        if image_size is None and None in (height, width):
            raise RunError(
                f"tfds: expected `image_size` for `{name}`, whose images differ in size. "
                "Received: null"
            )
        size = image_size or (height, width)
        found[name] = Images(size, "grayscale" if channels == 1 else "rgb")
    return found


def _is_plain(feature: Any) -> bool:
    features = _library().features
    if isinstance(feature, features.Image | features.FeaturesDict | features.Sequence):
        return False
    return isinstance(feature, features.Tensor) and None not in feature.shape


def _has_names(info: Any, name: str) -> bool:
    return isinstance(info.features[name], _library().features.ClassLabel)


def _split_names(info: Any, splits: Sequence[str]) -> np.ndarray:
    import numpy as np

    return np.repeat(splits, [info.splits[split].num_examples for split in splits])
