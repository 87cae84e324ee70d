"""What stands before or behind an artefact, as a Python module that needs TensorFlow alone.

`preprocess.py` lies beside the artefact, and beside it `preprocess/`, the SavedModel that it runs:
the very layers of the whole model, so that what it makes is what was trained on.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.divisions import nodes_text
from kerascfg.exporting.servable import Servable
from kerascfg.model import POSTPROCESS, PREPROCESS

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.delivery import Port
    from kerascfg.model import Division

SIGNATURE = "serving_default"

_MODULE = '''"""{summary}

TensorFlow alone is needed (pip install tensorflow), neither Keras nor kerascfg:

    from {name} import {name}

    made = {name}({example})

Takes, by name, one value a record. A string is a text or a file's bytes; a missing number is NaN,
a missing text is empty:
{takes}

Returns, by name, NumPy arrays; texts are bytes:
{returns}
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

NAMES = {names}
"""What is taken -> its name in the SavedModel beside this file."""


def {name}(records: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Run a batch of records, given by columns; see the top of this file.

    Raises:
        KeyError: a column is missing.
    """
    signature = _loaded().signatures["{signature}"]
    takes = signature.structured_input_signature[1]
    tensors = {{
        served: tf.constant(records[name], takes[served].dtype) for name, served in NAMES.items()
    }}
    return {{name: tensor.numpy() for name, tensor in signature(**tensors).items()}}


@cache
def _loaded() -> Any:
    return tf.saved_model.load(str(Path(__file__).parent / "{name}"))
'''


def write_parts(division: Division, held: Servable, directory: Path) -> None:
    """Write what of a divided model is not held, as modules; nothing where all is.

    Args:
        division: the model.
        held: what is held of it, by the names that the artefact has.
        directory: where to.
    """
    import keras

    if division.before:
        made = division.before.output
        names = {port.name: made[port.model_name or port.name] for port in held.inputs}
        before = Servable(keras.Model(division.before.input, names))
        summary = f"Make of raw records what starts behind {nodes_text(division.starts)}."
        _write_part(before, directory, PREPROCESS, summary)
    if division.behind:
        summary = f"Make the answers of what ends before {nodes_text(division.ends)}."
        _write_part(Servable(division.behind), directory, POSTPROCESS, summary)


def _write_part(model: Servable, directory: Path, name: str, summary: str) -> None:
    model.write_saved_model(directory / name, SIGNATURE, batch=None)
    names = {port.model_name or port.name: port.name for port in model.inputs}
    example = ", ".join(f"{known!r}: [...]" for known in names)
    text = _MODULE.format(
        name=name,
        summary=_in_docstring(summary),
        example=_in_docstring(f"{{{example}}}"),
        takes=_in_docstring(_listed(model.inputs)),
        returns=_in_docstring(_listed(model.outputs)),
        names=ascii(names),
        signature=SIGNATURE,
    )
    (directory / f"{name}.py").write_text(text, encoding="utf-8")


def read_part(
    directory: Path, name: str
) -> Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]:
    """Return the function of a module that `write_parts` wrote."""
    spec = importlib.util.spec_from_file_location(name, directory / f"{name}.py")
    assert spec and spec.loader
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def _listed(ports: Iterable[Port]) -> str:
    return "\n".join(
        f"    {port.model_name or port.name}: {port.dtype}, {_shape(port.shape)}" for port in ports
    )


def _shape(shape: tuple[int | None, ...]) -> str:
    """Spell a shape: (records,), (records, any, 3)."""
    sizes = ", ".join("any" if size is None else str(size) for size in shape[1:])
    return f"(records, {sizes})" if sizes else "(records,)"


def _in_docstring(text: str) -> str:
    r"""Escape what would end a docstring or mean something in it: names come from data."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
