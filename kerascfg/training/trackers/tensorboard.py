"""`tracker=tensorboard`: event files for TensorBoard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kerascfg.errors import RunError


def tensorboard(directory: Path) -> Any:
    """Return Keras's callback, writing into `tensorboard/` of the run directory.

    Args:
        directory: the run directory; given by the run.

    Raises:
        RunError: TensorBoard is not installed.
    """
    from importlib.util import find_spec

    import keras

    if find_spec("tensorboard") is None:
        raise RunError("tracker=tensorboard needs a package: pip install 'kerascfg[tensorboard]'")
    return keras.callbacks.TensorBoard(log_dir=str(directory / "tensorboard"))
