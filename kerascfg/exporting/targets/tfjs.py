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

from kerascfg.exporting.guarding import Quantisation, quantised
from kerascfg.exporting.layers import parts_by_layer
from kerascfg.exporting.refusing import refusing
from kerascfg.exporting.servable import Servable
from kerascfg.exporting.target import Target
from kerascfg.exporting.tolerances import allowance
from kerascfg.exporting.tools import tool_folder
from kerascfg.exporting.variants import with_erf_gelu
from kerascfg.exporting.web import FILES
from kerascfg.exporting.web.node import find_node, in_node
from kerascfg.exporting.web.page import expect_dtypes, write_page
from kerascfg.exporting.web.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

TOOL = "tfjs"
SIGNATURE = "serving_default"
DTYPES = ("float32", "int32", "int64", "int8", "uint8", "bool")
"""What TensorFlow.js has tensors of; it holds every whole number as int32."""
LACKS = (
    *("DecodeAudio", "DecodeImage", "TextVectorization", "StringLookup"),
    *("Hashing", "HashedCrossing", "IntegerLookup"),
)

Quantize = Literal["float16", "uint8"]


def tfjs(
    *,
    quantize: Quantize | None = None,
    max_drop: float | None = None,
    tolerance: float | None = None,
) -> Target:
    """Deliver a graph model of TensorFlow.js with a page that runs it.

    Args:
        quantize: how weights are stored, in half or a quarter of the bytes; they are float32 again
            when they are loaded. None leaves them.
        max_drop: how much worse the metric may be than Keras's; see `litert`.
        tolerance: the largest difference from Keras, for answers up to 1 in size; None for that
            of `tolerances`.
    """
    allowed = allowance("tfjs", quantize, tolerance)
    return Target(
        convert=partial(convert, quantize=quantize, max_drop=max_drop, tolerance=allowed.tolerance),
        open=open_in_node,
        tolerance=allowed.tolerance,
        tolerance_reason=allowed.reason,
        forbidden=("keras", "tensorflow"),
        requires={"tensorflow": "tensorflow"},
        quantize=quantize,
        max_drop=max_drop,
        lacks=LACKS,
        programs=(find_node,),
        tools=(TOOL,),
    )


def convert(
    model: Servable,
    directory: Path,
    *,
    quantize: Quantize | None,
    max_drop: float | None,
    tolerance: float,
) -> list[str]:
    """Write `model.json`, its weights, the page and the library into `directory`.

    Returns:
        What its user has to know of the quantisation.

    Raises:
        Refused: TensorFlow.js lacks an operation of the model, or `max_drop` cannot be met.
    """
    expect_dtypes(model, DTYPES, "TensorFlow.js")
    convert_graph = _converter()

    def graph_model(dtypes: Mapping[str, Collection[str]]) -> dict[str, bytes]:
        """Return the files of the graph model; `dtypes` is how weights of some names are stored."""
        with (
            tempfile.TemporaryDirectory() as folder,
            refusing("", ValueError, reason=reason_of_refusal),
        ):
            convert_graph(
                between,
                folder,
                signature_def=SIGNATURE,
                strip_debug_ops=True,  # assertions, which it cannot check
                control_flow_v2=True,  # else loops become operations that it cannot run again
                quantization_dtype_map={name: list(weights) for name, weights in dtypes.items()},
                metadata=dict(model.metadata),
            )
            return {file.name: file.read_bytes() for file in Path(folder).iterdir()}

    def write(files: Mapping[str, bytes], directory: Path) -> None:
        for name, content in files.items():
            (directory / name).write_bytes(content)
        write_page(model, directory, "tfjs.js", tolerance)
        shutil.copyfile(FILES / "package.json", directory / "package.json")
        _copy_library(directory / "tfjs")

    with tempfile.TemporaryDirectory(dir=directory.parent) as between:
        Servable(with_erf_gelu(model.model)).write_saved_model(Path(between), SIGNATURE, batch=None)
        files, notes = graph_model({}), list[str]()
        if quantize:
            names = weights_of(files)
            how = Quantisation(
                quantize,
                lambda: parts_by_layer({name: name for name in names}, model.model),
                lambda kept: graph_model({quantize: [each for each in names if each not in kept]}),
                write,
                open_in_node,
            )
            files, notes = quantised(model, how, max_drop)
    write(files, directory)
    return notes


def weights_of(files: Mapping[str, bytes]) -> list[str]:
    """Return the names of the weights that a graph model can store in fewer bits."""
    manifest = json.loads(files["model.json"])["weightsManifest"]
    weights = [weight for group in manifest for weight in group["weights"]]
    return [weight["name"] for weight in weights if weight["dtype"] == "float32"]


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
