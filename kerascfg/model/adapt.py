"""Fit a layer's state to the training data before the model is built on it.

Layers such as `Normalization` and `StringLookup` measure what they see (`adapt`), and some have no
output shape before that. So they are adapted where the graph meets them, on the tensor that
feeds them, unless their state was given as an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem

Batches = Callable[[tuple[str, ...]], Any]
"""Returns batches of the named features, each sample of the training split once."""

_STATE = ("mean", "variance", "vocabulary", "bin_boundaries", "idf_weights")


def needs_adapting(layer: Any, arguments: Mapping[str, Any]) -> bool:
    """Tell whether a layer learns its state from data and was not given it."""
    return hasattr(layer, "adapt") and not any(arguments.get(name) is not None for name in _STATE)


def adapt(
    layer: Any, entering: Mapping[str, Any], tensor: Any, batches: Batches | None, path: str
) -> None:
    """Adapt a layer to the training data.

    Args:
        layer: a layer with an `adapt` method.
        entering: the inputs that `tensor` depends on.
        tensor: the symbolic tensor that feeds the layer.
        batches: returns the training batches; None where there is no data.
        path: where the node stands in the config.

    Raises:
        ConfigError: there is no data to adapt to, or Keras refuses it.
    """
    import keras
    import tensorflow as tf

    if batches is None:
        message = f"{type(layer).__name__} is adapted to the training data, but none is given here"
        raise ConfigError(Problem(path, message))
    samples = batches(tuple(entering))
    names = [name for name, entry in entering.items() if entry is tensor]
    if names:
        fed = samples.map(lambda features: features[names[0]])
    else:
        before = keras.Model(dict(entering), tensor)
        # tf.data would stack a list.
        fed = samples.map(lambda given: _as_element(before(given)))
    try:
        layer.adapt(fed)
    except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
        said = str(error).rpartition("}} ")[2].partition(" [Op:")[0]  # without TensorFlow's nodes
        message = f"{type(layer).__name__} cannot be adapted: {said}"
        hint = None
        if tuple(tensor.shape[1:]) == ():
            hint = "one number a sample may have to be of shape [1]: {op: expand_dims, axis: -1}"
        raise ConfigError(Problem(path, message, hint=hint)) from error
    for each in layer._flatten_layers():
        _keep_in_config(each)


def _as_element(made: Any) -> Any:
    return tuple(made) if isinstance(made, list) else made


def _keep_in_config(layer: Any) -> None:
    """Let a vocabulary be saved in the layer's config, as a stated one is.

    Keras writes a learnt one as the lines of a file. Reading it back loses an empty text at its
    end, and breaks a text that holds a line break (3.15): what is served would not be what was
    trained.
    """
    import numpy as np

    lookup = getattr(layer, "_lookup_layer", layer)  # of a TextVectorization
    if not hasattr(lookup, "input_vocabulary"):
        return
    words = lookup.get_vocabulary(include_special_tokens=False)
    lookup.input_vocabulary = [np.asarray(word).item() for word in words]
    if lookup.output_mode == "tf_idf":
        weights = np.asarray(lookup.idf_weights_const)
        lookup.input_idf_weights = weights[len(weights) - len(words) :].tolist()


def learnt_state(layer: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a layer learnt from data as the arguments that would give it the same state.

    Args:
        layer: an adapted layer.
        arguments: the arguments it was made with.

    Returns:
        Argument -> value; nothing where the layer does not learn, or was given its state.
    """
    import numpy as np

    if not needs_adapting(layer, arguments):
        return {}
    config = layer.get_config()
    state = {key: config[key] for key in _STATE if config.get(key) is not None}
    if not state and hasattr(layer, "get_vocabulary"):
        return {"vocabulary": list(layer.get_vocabulary(include_special_tokens=False))}
    if not state and getattr(layer, "adapt_mean", None) is not None:
        measured = {"mean": layer.adapt_mean, "variance": layer.adapt_variance}
        return {key: np.array(value).tolist() for key, value in measured.items()}
    return state
