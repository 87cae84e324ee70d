"""Where prepared samples are kept between epochs: in memory, on disk, or nowhere."""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from kerascfg.cache_folder import cache_folder
from kerascfg.data.held import Columns, arrays_of
from kerascfg.data.loading import chunks_of, settled
from kerascfg.data.part import Part
from kerascfg.data.sizes import readable_size, size_in_bytes
from kerascfg.data.spool import Spool, remove_abandoned
from kerascfg.errors import RunError
from kerascfg.memory import half_of_free_memory

if TYPE_CHECKING:
    import numpy as np


def refuse_too_large(parts: Iterable[Part], limit: str | None) -> None:
    """Refuse to keep in memory what exceeds the limit: it would end a run half-way.

    Texts and samples that differ in length are not counted, since their size is not known before.

    Args:
        parts: all splits.
        limit: `data.cache_limit`; None is half of the free memory.

    Raises:
        RunError: the prepared samples exceed it.
    """
    allowed = size_in_bytes(limit) if limit else half_of_free_memory()
    needed = sum(part.rows * _row_bytes(part) for part in parts if not part.is_ready)
    if allowed is None or needed <= allowed:
        return
    what = f"data.cache_limit={limit}" if limit else "half of the free memory"
    raise RunError(
        f"data.cache: expected samples of at most {readable_size(allowed)} to keep in memory "
        f"({what}). Received: {readable_size(needed)}\n  fix:  data.cache=disk"
    )


def spooled(part: Part) -> Part:
    """Load and prepare the samples of a part once, to a file from which batches are then read.

    The file has no name from then on, where the system allows that (not on Windows), so that it is
    gone with the process, however that ends, or before, once nothing refers to the part.

    Raises:
        RunError: a row cannot be loaded, or the disk is full.
    """
    if part.is_ready or (part.load is None and part.is_prepared):  # it is read when asked
        return part
    import numpy as np

    directory = _new_folder()
    # What was too large to read before goes to the file too, where its name is not a feature's.
    beside = part.read_later.keys() - part.feature_specs.keys() if not part.prepare_targets else ()
    answers: list[Mapping[str, Any]] = []
    try:
        with Spool(directory / "features") as spool:
            for x, y in chunks_of(part):
                spool.append({**arrays_of(x, part.feature_specs), **{n: y[n] for n in beside}})
                answers.append({n: v for n, v in arrays_of(y, {}).items() if n not in beside})
            columns = Columns(spool.finish())
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    # An open file stays readable without a name, where the system allows that.
    shutil.rmtree(directory, ignore_errors=True)
    weakref.finalize(columns, shutil.rmtree, directory, ignore_errors=True)
    targets: dict[str, np.ndarray] = {
        name: np.concatenate([each[name] for each in answers]) for name in answers[0]
    }
    return settled(part, columns, targets)


def _new_folder() -> Path:
    """Return a folder for samples, without those that processes left which were killed meanwhile.

    A process that is done with writing has deleted its own, where the system allows that.
    """
    folder = cache_folder() / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        remove_abandoned(folder.iterdir())
    return Path(mkdtemp(dir=folder))


def _row_bytes(part: Part) -> int:
    """Return what a sample takes besides the targets that are in memory already."""
    import numpy as np

    made = part.prepare_targets.specs if part.prepare_targets else part.read_later
    return sum(
        prod(side for side in spec.shape if side is not None) * np.dtype(spec.dtype).itemsize
        for spec in (*part.feature_specs.values(), *made.values())
        if spec.dtype != "string" and None not in spec.shape
    )
