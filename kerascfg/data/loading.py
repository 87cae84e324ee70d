"""Load and prepare the samples of a part once, into memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kerascfg.data.failing import first_failure, raised_while_reading, reason
from kerascfg.data.held import Columns, empty_array
from kerascfg.data.part import Part
from kerascfg.data.pipeline import sample_dataset
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

_CHUNK = 256


def loaded(part: Part) -> Part:
    """Load and prepare the samples of a part into memory.

    Raises:
        RunError: a row cannot be loaded; the message names it.
    """
    if part.is_ready:
        return part
    import tensorflow as tf

    specs = sample_dataset(part).element_spec
    arrays: Any = tf.nest.map_structure(lambda spec: _empty(part.rows, spec), specs)
    done = 0
    for batch in chunks_of(part):
        for held, values in zip(tf.nest.flatten(arrays), tf.nest.flatten(batch), strict=True):
            if held.shape[1:] == values.shape[1:]:
                held[done : done + len(values)] = values
            else:
                held[done] = values[0]
        done += len(values)
    features, targets = arrays
    return settled(part, Columns(features), targets)


def chunks_of(part: Part) -> Iterator[tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]:
    """Yield the features and targets of a part's samples, loaded and prepared, in its order.

    Raises:
        RunError: a row cannot be loaded; the message names it.
    """
    import tensorflow as tf

    try:
        chunks: Any = sample_dataset(part).prefetch(tf.data.AUTOTUNE).as_numpy_iterator()
        yield from chunks
    except tf.errors.OpError as error:
        raise explained(part, error) from error


def settled(part: Part, columns: Columns, targets: Mapping[str, np.ndarray]) -> Part:
    """Return a part with nothing left to load or prepare.

    Args:
        part: the part as it was.
        columns: its features, loaded and prepared.
        targets: its targets, likewise.
    """
    import numpy as np

    return replace(
        part,
        columns=columns,
        numbers=np.arange(part.rows),
        targets=targets,
        specs=part.feature_specs,
        target_specs=part.prepare_targets.specs if part.prepare_targets else part.target_specs,
        load=None,
        prepare_features=None,
        prepare_targets=None,
        place=None,
    )


def sample_lengths(part: Part, name: str) -> np.ndarray:
    """Return the length `(rows,)` of each sample of a feature: its first axis."""
    import numpy as np

    if part.load is None and part.prepare_features is None:
        chunks = (part.numbers[at : at + _CHUNK] for at in range(0, part.rows, _CHUNK))
        column = part.columns[name]
        return np.array([len(value) for chunk in chunks for value in column[chunk]], np.int32)
    import tensorflow as tf

    lengths = sample_dataset(part).map(lambda x, y: tf.shape(x[name])[1])
    return np.fromiter(lengths.as_numpy_iterator(), np.int32, part.rows)


def explained(part: Part, error: tf.errors.OpError) -> RunError:
    """Return what to tell the user of an error inside the pipeline; it names the row if it can."""
    return (
        raised_while_reading(error)
        or first_failure(part.columns, part.numbers, part.load, part.place)
        or RunError(f"loading the data failed: {reason(error)}")
    )


def _empty(rows: int, spec: Any) -> np.ndarray:
    """Return the array of a feature's samples; of arrays, where these differ in shape."""
    if None in spec.shape[1:]:
        return empty_array((rows,), object)
    return empty_array((rows, *spec.shape[1:]), spec.dtype.as_numpy_dtype)
