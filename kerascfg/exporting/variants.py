"""Other forms of a model with the same answers, for converters that do not know the usual one.

The layers that change are made anew with copies of their weights; all others, with their lookup
tables and states, are those of the model itself. The model that was given stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.target import Refused

if TYPE_CHECKING:
    import keras


def with_erf_gelu(model: keras.Model) -> keras.Model:
    """Return the model with the exact GELU in terms of erf.

    TensorFlow writes it with the operation `Erfc`, which ONNX, Core ML and TensorFlow.js lack.
    The difference is rounding alone, 2e-7 at most; the tanh form of GELU is left as it is.

    Args:
        model: functional or sequential, built.
    """
    return with_gelu(model, erf_gelu, None)


def with_gelu(
    model: keras.Model,
    exact: Callable[[Any], Any],
    approximate: Callable[[Any], Any] | None,
) -> keras.Model:
    """Return the model with other functions for GELU.

    Args:
        model: functional or sequential, built.
        exact: for the exact form.
        approximate: for the form with tanh, None to leave it.
    """
    import keras
    from keras.src.ops.nn import Gelu

    def is_gelu(part: Any) -> bool:
        if isinstance(part, Gelu):
            return not part.approximate or approximate is not None
        return any(value is keras.activations.gelu for value in vars(part).values())

    def change(layer: Any) -> None:
        for name, value in list(vars(layer).items()):
            if value is keras.activations.gelu:
                setattr(layer, name, exact)

    def replaced(operation: Any) -> Any:
        if isinstance(operation, Gelu):  # keras.ops.gelu of a symbolic tensor
            form = approximate if operation.approximate else exact
            return keras.layers.Activation(form, name=operation.name)
        return made_anew(operation)

    return rebuilt_with(model, is_gelu, replaced, change)


def erf_gelu(x: Any) -> Any:
    """Return 0.5 x (1 + erf(x / sqrt 2)), elementwise."""
    from keras import ops

    x = ops.convert_to_tensor(x)
    erf: Any = ops.erf(x * math.sqrt(0.5))
    return 0.5 * x * (1.0 + erf)


def unrolled(model: keras.Model) -> keras.Model:
    """Return the model with a copy of each recurrent layer's cell for each time step: no loops.

    Args:
        model: functional or sequential, built.

    Raises:
        Refused: a recurrent layer takes any number of time steps.
    """
    import keras

    on_torch = keras.backend.backend() == "torch"

    def is_rolled(part: Any) -> bool:
        return isinstance(part, keras.layers.RNN) and not part.unroll

    def replaced(layer: Any) -> Any:
        for part in _parts(layer):
            if is_rolled(part) and _steps(part) is None:
                raise Refused(
                    f"the layer `{layer.name}` ({type(layer).__name__}) takes any number of time "
                    "steps, and the loop over them cannot be written out; give the model's input "
                    "a fixed number of steps"
                )
        return made_anew(layer)

    def change(layer: Any) -> None:
        if not isinstance(layer, keras.layers.RNN):
            return
        layer.unroll = True
        if layer.go_backwards and (layer.zero_output_for_mask or on_torch):
            _reverse_before(layer)

    return rebuilt_with(model, is_rolled, replaced, change)


def _reverse_before(layer: Any) -> None:
    """Let a layer that goes backwards go forwards, over reversed steps.

    Where such a layer is unrolled and returns zeros for masked steps, as inside a `Bidirectional`,
    Keras 3.15 puts the zeros where the mask has them before it is reversed: the wrong steps.
    With its torch backend it cannot reverse a mask for an unrolled layer at all.
    """
    from keras import ops

    loop = layer.inner_loop

    def loop_over_reversed(sequences: Any, initial_state: Any, mask: Any, **more: Any) -> Any:
        mask = None if mask is None else ops.flip(mask, axis=1)
        return loop(ops.flip(sequences, axis=1), initial_state, mask=mask, **more)

    layer.go_backwards = False
    layer.inner_loop = loop_over_reversed


def rebuilt_with(
    model: keras.Model,
    wanted: Callable[[Any], bool],
    replaced: Callable[[Any], Any],
    change: Callable[[Any], None],
) -> keras.Model:
    """Return the model with other layers where something in a layer is wanted to change.

    Args:
        model: functional or sequential.
        wanted: whether an operation, or a layer somewhere inside a layer, is to change.
        replaced: the operation that takes the place of one of the graph.
        change: changes a layer, at any depth of one that `replaced` made.
    """
    import keras

    made: dict[int, Any] = {}  # by the identity of what is replaced: shared layers stay shared
    pairs: list[tuple[Any, Any]] = []

    def rebuilt(operation: Any) -> Any:
        if id(operation) not in made:
            made[id(operation)] = chosen(operation)
        return made[id(operation)]

    def chosen(operation: Any) -> Any:
        if not any(wanted(part) for part in _parts(operation)):
            return operation
        if isinstance(operation, keras.Sequential) or _is_functional(operation):
            return keras.models.clone_model(operation, clone_function=rebuilt)
        new = replaced(operation)
        pairs.append((operation, new))
        return new

    result = rebuilt(model)
    for old, new in pairs:
        for source, copy in zip(getattr(old, "variables", ()), new.variables, strict=True):
            copy.assign(source)
        for part in _parts(new):
            change(part)
    return result


def _parts(operation: Any) -> list[Any]:
    """Return an operation, and of a layer every operation inside it."""
    import keras

    if not isinstance(operation, keras.Layer):
        return [operation]
    found: dict[int, Any] = {}
    for layer in operation._flatten_layers():
        inside = layer.operations if _is_functional(layer) else [layer]
        found |= {id(part): part for part in (layer, *inside)}
    return list(found.values())


def _is_functional(operation: Any) -> bool:
    from keras.src.models.functional import Functional

    return isinstance(operation, Functional)


def made_anew(layer: Any) -> Any:
    """Return a new layer like one, not built."""
    return type(layer).from_config(layer.get_config())


def _steps(layer: Any) -> int | None:
    """Return the number of time steps that a recurrent layer was built for, None for any."""
    shapes = layer.get_build_config() or {}
    shape = shapes.get("input_shape") or next(iter(shapes.get("shapes_dict", {}).values()))
    return shape[1]
