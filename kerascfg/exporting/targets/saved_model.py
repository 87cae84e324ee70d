"""SavedModel, in the versioned folder that TensorFlow Serving expects.

The signature `serving_default` has named inputs and outputs and any number of samples; it takes
raw records. Beside the version lies `serving/`: what a server, a container and Kubernetes need.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kerascfg.exporting.delivery import Port
from kerascfg.exporting.serving import NAMES, write_metadata, write_serving_files, write_warm_up
from kerascfg.exporting.target import Target

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

    from kerascfg.exporting.servable import Servable

VERSION = "1"
SIGNATURE = "serving_default"
USAGE = f"""\
import tensorflow as tf  # or TensorFlow Serving, which takes the whole folder
run = tf.saved_model.load("{VERSION}").signatures["{SIGNATURE}"]
"""
NAME = "model"


def saved_model(*, name: str = NAME, tolerance: float = 1e-5) -> Target:
    """Deliver a TensorFlow SavedModel, for TensorFlow Serving and whoever runs TensorFlow.

    Args:
        name: what the server calls the model: `/v1/models/NAME:predict`.
        tolerance: the largest difference from Keras, for answers up to 1 in size.

    Raises:
        ValueError: no server takes that name.
    """
    if not NAMES.fullmatch(name):
        expected = "expected a name for a server: letters, digits, _ and -, a letter first"
        raise ValueError(f"{expected}. Received: name={name!r}")
    return Target(
        convert=lambda model, directory: convert(model, directory, name),
        open=SavedModel,
        tolerance=tolerance,
        forbidden=("keras",),
        requires={"tensorflow": "tensorflow"},
        usage=USAGE,
    )


def convert(model: Servable, directory: Path, name: str = NAME) -> list[str]:
    """Write the model below `directory`, as version 1, and `serving/` beside that.

    Returns:
        What is missing of it, for a person.
    """
    version = directory / VERSION
    model.write_saved_model(version, SIGNATURE, batch=None)
    missing = write_warm_up(version, name, SIGNATURE, model.samples)
    write_metadata(version, model.metadata)
    write_serving_files(directory, name, SIGNATURE, model.inputs, model.outputs)
    return [missing] if missing else []


class SavedModel:
    """A SavedModel, answered by its signature alone: nothing of Keras is needed."""

    batch = None

    def __init__(self, directory: Path):
        """Load the version below `directory`."""
        import tensorflow as tf

        self._loaded = tf.saved_model.load(str(directory / VERSION))
        self._signature = self._loaded.signatures[SIGNATURE]
        self._inputs = self._signature.structured_input_signature[1]
        self.inputs = _ports(self._inputs)
        self.outputs = _ports(self._signature.structured_outputs)

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one batch of samples."""
        import tensorflow as tf

        tensors = {
            name: tf.constant(feeds[name], dtype=spec.dtype) for name, spec in self._inputs.items()
        }
        return {name: value.numpy() for name, value in self._signature(**tensors).items()}


def _ports(specs: Mapping[str, tf.TensorSpec]) -> tuple[Port, ...]:
    return tuple(
        Port(name, tuple(spec.shape.as_list()), spec.dtype.name)
        for name, spec in sorted(specs.items())
    )
