"""Load and prepare the samples of a part once, into memory, and name those that cannot be."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kerascfg.data.part import Part
from kerascfg.data.pipeline import sample_dataset
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf


def loaded(part: Part) -> Part:
    """Load and prepare the samples of a part into memory.

    Raises:
        RunError: a row cannot be loaded; the message names it.
    """
    if part.load is None and part.is_held and part.is_prepared:
        return part
    import numpy as np
    import tensorflow as tf

    samples = sample_dataset(part)
    arrays = tf.nest.map_structure(lambda spec: _empty(part.rows, spec), samples.element_spec)
    done = 0
    try:
        for batch in samples.prefetch(tf.data.AUTOTUNE).as_numpy_iterator():
            for held, values in zip(tf.nest.flatten(arrays), tf.nest.flatten(batch), strict=True):
                held[done : done + len(values)] = values
            done += len(values)
    except tf.errors.OpError as error:
        raise unloadable(part) or RunError(f"loading the data failed: {reason(error)}") from error
    features, targets = arrays
    return Part(features, np.arange(part.rows), targets, part.feature_specs)


def _empty(rows: int, spec: tf.TensorSpec) -> np.ndarray:
    import numpy as np

    return np.empty((rows, *spec.shape[1:]), spec.dtype.as_numpy_dtype)


def unloadable(part: Part) -> RunError | None:
    """Find the first row that cannot be loaded, which TensorFlow's own error does not name."""
    if part.load is None:
        return None
    import numpy as np
    import tensorflow as tf

    for index in range(part.rows):
        row = {name: values[0] for name, values in part.take(np.array([index])).items()}
        try:
            part.load({name: tf.convert_to_tensor(value) for name, value in row.items()})
        except tf.errors.OpError as error:
            named = ", ".join(f"{name} {_readable(value)}" for name, value in row.items())
            return RunError(f"data: {named} cannot be loaded. {reason(error)}")
    return None


def reason(error: tf.errors.OpError) -> str:
    """Return TensorFlow's message without the names of its nodes."""
    text = re.sub(r"\{\{.*?\}\}|\[Op:.*?\]", "", error.message)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)


def _readable(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
