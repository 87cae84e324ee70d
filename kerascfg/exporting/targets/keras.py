"""Keras's own file, `model.keras`, for whoever goes on with Keras.

It is read back in a process that did not make it. Layers that are not Keras's own have to be
imported there; the delivery's notes say which.
"""

from __future__ import annotations

import importlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zipfile import ZipFile

from kerascfg.exporting.foreign import foreign_objects
from kerascfg.exporting.fragile import Parts
from kerascfg.exporting.guarding import Quantisation, quantised
from kerascfg.exporting.target import Refused, Target
from kerascfg.exporting.tolerances import allowance

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.servable import Servable

FILE = "model.keras"
METADATA = "kerascfg.json"
"""A part of the file, beside those that Keras reads."""
USAGE = f"""\
import keras
model = keras.saving.load_model("{FILE}", compile=False)
"""
Quantize = Literal["int8", "int4"]


def keras(
    *,
    quantize: Quantize | None = None,
    max_drop: float | None = None,
    tolerance: float | None = None,
) -> Target:
    """Deliver Keras's own file.

    Args:
        quantize: a mode of `keras.Model.quantize`, which changes dense layers and embeddings; null
            for the weights as they were trained.
        max_drop: how much worse the metric may be than Keras's; see `litert`.
        tolerance: the largest difference from Keras, for answers up to 1 in size; null for what
            fits `quantize`.
    """
    allowed = allowance("keras", quantize, tolerance)
    return Target(
        convert=partial(convert, quantize=quantize, max_drop=max_drop),
        open=KerasFile,
        tolerance=allowed.tolerance,
        tolerance_reason=allowed.reason,
        requires={"tensorflow": "tensorflow", "keras": "keras"},
        quantize=quantize,
        max_drop=max_drop,
        usage=USAGE,
    )


def convert(
    model: Servable, directory: Path, *, quantize: Quantize | None, max_drop: float | None
) -> list[str]:
    """Write `model.keras` into `directory`.

    Returns:
        What its user has to know of the quantisation, and what has to be imported before it is
        loaded, if anything.

    Raises:
        Refused: there is no layer that could be quantised, or `max_drop` cannot be met.
    """
    file = directory / FILE
    saved, notes = model.model, list[str]()
    if quantize:
        reduce = partial(_quantised, model.model, quantize)
        how = Quantisation(
            quantize,
            lambda: {path: Parts([path]) for path in _layers_of(reduce(Parts()), quantize)},
            reduce,
            lambda made, folder: made.save(folder / FILE),
            KerasFile,
        )
        saved, notes = quantised(model, how, max_drop)
    saved.save(file)
    if model.metadata:
        with ZipFile(file, "a") as parts:
            parts.writestr(METADATA, json.dumps(model.metadata, indent=2, ensure_ascii=False))
    foreign = sorted(foreign_objects(file), key=lambda each: each.name)
    if not foreign:
        return notes
    names = ", ".join(each.name for each in foreign)
    modules = ", ".join(sorted({each.module for each in foreign}))
    given = ", ".join(f"{each.name!r}: {each.name}" for each in foreign if ">" not in each.key)
    how = f" and give load_model custom_objects={{{given}}}" if given else ""
    return [*notes, f"holds {names}, which Keras lacks: import {modules} before it is loaded{how}"]


def _quantised(model: Any, mode: Quantize, kept: Parts) -> Any:
    """Return a quantised copy: Keras quantises in place, and the model shares layers with others.

    Args:
        model: what to quantise.
        mode: how.
        kept: paths of the layers that stay as they are.

    Raises:
        Refused: nothing in it can be quantised.
    """
    with tempfile.TemporaryDirectory() as between:
        file = Path(between) / FILE
        model.save(file)
        copy = _loaded(file)
    wanted = {id(layer) for layer in _saved_by_themselves(copy) if layer.path not in kept}
    copy.quantize(mode, filters=lambda layer: id(layer) in wanted)
    if not kept and not _layers_of(copy, mode):
        raise Refused(
            f"Keras quantises dense layers and embeddings, and the model has none, so that {mode} "
            "reduces nothing; deliver it in float32"
        )
    return copy


def _saved_by_themselves(model: Any) -> Iterator[Any]:
    """Yield the layers whose own config is saved, and says of them that they are quantised.

    What stands inside a layer, as in attention, is made anew by that layer, and Keras cannot read
    it back quantised. A lookup is never built, and Keras would quantise it all the same.
    """
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _saved_by_themselves(layer)
        elif layer.built:
            yield layer


def _layers_of(model: Any, mode: Quantize) -> list[str]:
    """Return the paths of the layers that are quantised."""
    return [
        layer.path
        for layer in model._flatten_layers()
        if getattr(layer.dtype_policy, "quantization_mode", None) == mode
    ]


def _loaded(file: Path) -> Any:
    """Load a saved model, with what it holds that is not Keras's own."""
    from keras.saving import load_model

    custom = {
        each.key: getattr(importlib.import_module(each.module), each.name)
        for each in foreign_objects(file)
    }
    return load_model(file, custom_objects=custom, compile=False)


class KerasFile:
    """A `model.keras`, loaded and asked by Keras."""

    batch = None

    def __init__(self, directory: Path):
        """Load `model.keras` in `directory`."""
        from kerascfg.exporting.servable import Servable

        self._model = Servable(_loaded(directory / FILE))
        self.inputs = self._model.inputs
        self.outputs = self._model.outputs

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one batch of samples."""
        return self._model.predict(feeds)
