"""The page that lies beside an artefact of JavaScript, and what it says about the model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.target import Lacking
from kerascfg.exporting.web import FILES
from kerascfg.exporting.web.tensors import held_as, to_json
from kerascfg.exporting.workshop import write_json

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.delivery import Port
    from kerascfg.exporting.servable import Servable

_PAGE = ("index.html", "page.js", "tensors.js")
_RANGES = ((0, 1), (-1, 1), (0, 255))


def write_page(model: Servable, directory: Path, runtime: str, tolerance: float) -> None:
    """Write the page, its runtime and `page.json` into `directory`.

    Args:
        model: what the artefact holds, with real samples.
        directory: the artefact's.
        runtime: the file that becomes `runtime.js`, below `files/`.
        tolerance: the largest difference from Keras that its self-test allows.
    """
    for name in _PAGE:
        shutil.copyfile(FILES / name, directory / name)
    shutil.copyfile(FILES / runtime, directory / "runtime.js")
    first = {name: array[:1] for name, array in model.samples.items()}
    about = {
        "title": model.metadata.get("run", "model"),
        "metadata": model.metadata,
        "labels": json.loads(model.metadata.get("labels", "{}")),
        "image": image_of(model.inputs, model.samples),
        "tolerance": tolerance,
        "golden": {"inputs": to_json(first), "outputs": to_json(model.predict(first))},
    }
    write_json(directory / "page.json", about)


def expect_dtypes(model: Servable, known: Sequence[str], runtime: str) -> None:
    """Refuse a model whose inputs or outputs the runtime has no tensors for.

    Raises:
        Lacking: one is of another dtype.
    """
    for kind, ports in (("input", model.inputs), ("output", model.outputs)):
        for port in ports:
            if port.dtype not in known:
                way_out = "; what reads it can stand in `preprocess`" if kind == "input" else ""
                raise Lacking(
                    f"{runtime} has tensors of {', '.join(known)} alone, and the {kind} "
                    f"`{port.name}` is of {port.dtype}{way_out}"
                )


def image_of(ports: Sequence[Port], samples: Mapping[str, np.ndarray]) -> dict[str, Any] | None:
    """Describe the picture that a model takes; None where it takes something else.

    It takes one where its only input has a height, a width, and 1 or 3 channels, and where the real
    samples tell the range of the numbers: `_RANGES` are those that pictures are given in.

    Args:
        ports: the inputs.
        samples: input -> real samples.
    """
    port = ports[0]
    if len(ports) != 1 or len(port.shape) != 4 or None in port.shape[1:]:
        return None
    if port.shape[-1] not in (1, 3):
        return None
    least, most = float(samples[port.name].min()), float(samples[port.name].max())
    for low, high in _RANGES:
        # A range whose upper half or lower end no sample reaches is not theirs: think of 0 to 16.
        if low <= least and most <= high and most > high / 2 and (least < 0 or low == 0):
            _, height, width, channels = port.shape
            size = {"height": height, "width": width, "channels": channels}
            return {
                "input": port.name,
                "dtype": held_as(port.dtype),
                **size,
                "low": low,
                "high": high,
            }
    return None
