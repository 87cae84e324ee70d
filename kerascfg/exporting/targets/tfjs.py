"""TensorFlow.js: a graph model with a page that runs it in the browser; it runs in Node too.

For a new page take `litert_web`, which is faster; this one is for code that has TensorFlow.js
already, and for models whose number of samples or of time steps is open.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import sys
import tempfile
import types
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.exporting.refusing import refusing
from kerascfg.exporting.servable import Servable
from kerascfg.exporting.target import Target
from kerascfg.exporting.tools import tool_folder
from kerascfg.exporting.variants import with_erf_gelu
from kerascfg.exporting.web import FILES
from kerascfg.exporting.web.node import find_node, in_node
from kerascfg.exporting.web.page import expect_dtypes, write_page
from kerascfg.exporting.web.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Callable

TOOL = "tfjs"
SIGNATURE = "serving_default"
DTYPES = ("float32", "int32", "int64", "int8", "uint8", "bool")
"""What TensorFlow.js has tensors of; it holds every whole number as int32."""
LACKS = (
    *("DecodeAudio", "DecodeImage", "TextVectorization", "StringLookup"),
    *("Hashing", "HashedCrossing", "IntegerLookup"),
)
TOLERANCES = {
    None: (1e-5, "float32 sums in another order"),
    "float16": (5e-3, "weights have 11 bits instead of 24"),
    "uint8": (1e-1, "the weights of a tensor have 256 values"),
}
"""By quantize: the default tolerance, and why."""

Quantize = Literal["float16", "uint8"]


def tfjs(*, quantize: Quantize | None = None, tolerance: float | None = None) -> Target:
    """Deliver a graph model of TensorFlow.js with a page that runs it.

    Args:
        quantize: how weights are stored, in half or a quarter of the bytes; they are float32 again
            when they are loaded. None leaves them.
        tolerance: the largest difference from Keras, for answers up to 1 in size; None for that
            of `TOLERANCES`.
    """
    default, reason = TOLERANCES[quantize]
    tolerance = default if tolerance is None else tolerance
    return Target(
        convert=partial(convert, quantize=quantize, tolerance=tolerance),
        open=open_in_node,
        tolerance=tolerance,
        tolerance_reason=reason,
        forbidden=("keras", "tensorflow"),
        requires={"tensorflow": "tensorflow"},
        quantize=quantize,
        lacks=LACKS,
        programs=(find_node,),
        tools=(TOOL,),
    )


def convert(
    model: Servable, directory: Path, *, quantize: Quantize | None, tolerance: float
) -> None:
    """Write `model.json`, its weights, the page and the library into `directory`.

    Raises:
        Lacking: TensorFlow.js lacks an operation of the model.
    """
    expect_dtypes(model, DTYPES, "TensorFlow.js")
    with tempfile.TemporaryDirectory(dir=directory.parent) as between:
        Servable(with_erf_gelu(model.model)).write_saved_model(Path(between), SIGNATURE, batch=None)
        with refusing("", ValueError, reason=reason_of_refusal):
            _converter()(
                between,
                str(directory),
                signature_def=SIGNATURE,
                strip_debug_ops=True,  # assertions, which it cannot check
                control_flow_v2=True,  # else loops become operations that it cannot run again
                quantization_dtype_map={quantize: "*"} if quantize else None,
                metadata=dict(model.metadata),
            )
    write_page(model, directory, "tfjs.js", tolerance)
    shutil.copyfile(FILES / "package.json", directory / "package.json")
    _copy_library(directory / "tfjs")


def reason_of_refusal(message: str) -> str | None:
    """Read from the converter's message which operations TensorFlow.js lacks, None where none."""
    found = re.search(r"Unsupported Ops in the model (?:before|after) optimization\s+(.+)", message)
    return f"TensorFlow.js has no operation for TensorFlow's {found[1]}" if found else None


def open_in_node(directory: Path) -> Remote:
    """Open an artefact in Node."""
    program = find_node()
    runtime = directory.resolve() / "runtime.js"
    return Remote(directory, lambda address, scratch: in_node(program, runtime, address), "Node.js")


def _copy_library(directory: Path) -> None:
    folder = tool_folder(TOOL)
    assert folder, "a target is not built here without its tools"
    directory.mkdir()
    library = folder / "node_modules" / "@tensorflow" / "tfjs" / "dist" / "tf.min.js"
    shutil.copyfile(library, directory / library.name)
    kind = json.dumps({"private": True, "type": "commonjs"}, indent=2)
    (directory / "package.json").write_text(f"{kind}\n", encoding="utf-8")


def _converter() -> Callable[..., Any]:
    """Import the converter without what its package imports beside it.

    `tensorflowjs/__init__.py` wants converters for JAX and for Keras 2 with all that those need,
    and the one for SavedModels wants two packages of which it uses nothing here.
    """
    spec = importlib.util.find_spec("tensorflowjs")
    assert spec and spec.submodule_search_locations, "the tool holds it"
    root = Path(spec.submodule_search_locations[0])
    for name in ("tensorflowjs", "tensorflowjs.converters"):
        package = types.ModuleType(name)
        package.__path__ = [str(root.parent.joinpath(*name.split(".")))]
        sys.modules[name] = package
    for name in ("tensorflow_decision_forests", "tensorflow_hub"):
        sys.modules[name] = types.ModuleType(name)
    from tensorflowjs.converters.tf_saved_model_conversion_v2 import (  # pyright: ignore
        convert_tf_saved_model,
    )

    return convert_tf_saved_model
