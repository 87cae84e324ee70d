"""What fills the gaps of features (`data.features.NAME.missing`), in front of what is served.

It is part of the model `preprocess`, so that whatever becomes of that (a cut, a module beside an
artefact) fills them too. Training sees features whose gaps are filled already, which stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.model.inputs import input_tensors
from kerascfg.model.parts import PREPROCESS
from kerascfg.model.ports import inputs_of, specs_of
from kerascfg.naming import load_object

if TYPE_CHECKING:
    import keras

FILLING = "FillMissing"
"""The layer that does it; no config has to name it."""


def filled(entering: Mapping[str, Any], fills: Mapping[str, Any]) -> dict[str, Any]:
    """Return those features that have gaps to be filled, without gaps.

    Args:
        entering: feature -> symbolic tensor.
        fills: feature -> what fills its gaps.
    """
    layer = load_object(FILLING, "layer", "data.features")
    return {
        name: layer(fills[name], name=_layer_name(name))(tensor)
        for name, tensor in entering.items()
        if name in fills
    }


def with_filled(
    preprocess: keras.Model | None,
    core: keras.Model,
    features: Mapping[str, Mapping[str, Any]],
    fills: Mapping[str, Any],
) -> keras.Model | None:
    """Return `preprocess` that also fills the gaps of the features which enter `layers` raw.

    Args:
        preprocess: what stands before what learns, from features by name, or None.
        core: what learns.
        features: feature -> its `shape` and `dtype`.
        fills: feature -> what fills its gaps.

    Returns:
        The same where no such feature has gaps to be filled.
    """
    import keras

    inputs = dict(preprocess.input) if preprocess else {}
    outputs = dict(preprocess.output) if preprocess else {}
    specs = {**specs_of(inputs_of(core)), **features}
    raw = [name for name in inputs_of(core) if name in fills and name not in outputs]
    if not raw:
        return preprocess
    there = {layer.name: layer.output for layer in preprocess.layers} if preprocess else {}
    new = {name: specs[name] for name in raw if name not in inputs}
    made = input_tensors(new, "model")
    alone = filled(made, fills)
    outputs |= {name: alone[name] if name in new else there[_layer_name(name)] for name in raw}
    return keras.Model({**inputs, **made}, outputs, name=PREPROCESS)


def _layer_name(feature: str) -> str:
    return f"fill.{feature}"  # no node's name holds a dot
