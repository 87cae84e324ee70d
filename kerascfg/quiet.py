"""Start TensorFlow without its notes on instruction sets and drivers, which nobody can act on.

They are written by native code straight to file descriptor 2, some before any setting is read.
A user who sets `TF_CPP_MIN_LOG_LEVEL` to 0 sees them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def start_tensorflow() -> None:
    """Import TensorFlow and Keras with its backend, and let it look for devices, quietly.

    Where Keras is not imported yet, it is TensorFlow that builds, evaluates and exports, whatever
    `KERAS_BACKEND` or the user's `keras.json` says: on what a model is trained, the strategy says.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "tensorflow"
    with quiet_stderr():
        import keras
        import tensorflow as tf

        tf.config.list_physical_devices()
        tf.get_logger().setLevel("ERROR")
        keras.backend.backend()


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Hold back what is written to file descriptor 2; it is shown if an exception passes."""
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0":
        yield
        return
    sys.stderr.flush()
    before = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(before, 2)
            held.seek(0)
            os.write(2, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(before, 2)
            os.close(before)
