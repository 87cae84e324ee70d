"""What a built model takes and gives, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

    from kerascfg.model.build import Built


def inputs_of(model: keras.Model) -> dict[str, Any]:
    """Return the symbolic inputs of a model, by name."""
    given = model.input
    return dict(given) if isinstance(given, Mapping) else {model.inputs[0].name: given}


def outputs_of(core: Built) -> dict[str, Any]:
    """Return the symbolic outputs of what learns, by name."""
    output = core.model.output
    return dict(output) if isinstance(output, Mapping) else {next(iter(core.graph.outputs)): output}


def specs_of(tensors: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the shapes, without the batch, and the dtypes of symbolic tensors."""
    return {
        name: {"shape": list(tensor.shape[1:]), "dtype": str(tensor.dtype)}
        for name, tensor in tensors.items()
    }


def arranged(model: keras.Model, tensors: Mapping[str, Any]) -> Any:
    """Return tensors, among them the inputs of a model, as the model takes them."""
    names = inputs_of(model)
    if isinstance(model.input, Mapping):
        return {name: tensors[name] for name in names}
    return tensors[next(iter(names))]
