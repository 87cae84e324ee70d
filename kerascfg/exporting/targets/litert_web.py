"""LiteRT.js: the LiteRT file in a browser, with a page that runs it.

Everything that the page needs lies beside it, so that it works without a network and on any server
of static files (`python -m http.server`); the model runs on the CPU, in WebAssembly.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.errors import RunError
from kerascfg.exporting.target import Lacking, Target
from kerascfg.exporting.targets.litert import litert
from kerascfg.exporting.tools import tool_folder
from kerascfg.exporting.web.chromium import find_chromium, headless
from kerascfg.exporting.web.page import expect_dtypes, write_page
from kerascfg.exporting.web.remote import Remote

if TYPE_CHECKING:
    from kerascfg.exporting.servable import Servable

TOOL = "litert_js"
DTYPES = ("float32", "int32", "uint8")
"""What LiteRT.js has tensors of (`DATATYPES` of @litertjs/core)."""
_WASM = ("litert_wasm_internal", "litert_wasm_compat_internal")
"""Builds of the runtime: with relaxed SIMD, and for browsers that lack it."""


Quantize = Literal["float16", "dynamic", "weights_int8", "weights_int4", "int8"]
"""Those of `litert` whose inputs and outputs stay float32: the page has no scales."""


def litert_web(
    *,
    quantize: Quantize | None = None,
    calibration: Mapping[str, Any] | None = None,
    max_drop: float | None = None,
    tolerance: float | None = None,
) -> Target:
    """Deliver a LiteRT file with a page that runs it in the browser.

    Args:
        quantize: how weights or activations are reduced, as `litert` does it; None for float32.
        calibration: `{samples: 100, choice: random}`: the training samples that int8 takes the
            ranges of its numbers from.
        max_drop: how much worse the metric may be than Keras's: the most fragile layers stay in
            float32 until it holds.
        tolerance: the largest difference from Keras, for answers up to 1 in size; None for the
            mode's own.
    """
    file = litert(
        quantize=quantize, calibration=calibration, max_drop=max_drop, tolerance=tolerance
    )
    return Target(
        convert=partial(convert, file=file),
        open=open_page,
        tolerance=file.tolerance,
        tolerance_reason=file.tolerance_reason,
        forbidden=("keras", "tensorflow", "ai_edge_litert"),
        requires=file.requires,
        quantize=quantize,
        max_drop=max_drop,
        lacks=(*file.lacks, "StringLookup"),
        programs=(find_chromium,),
        tools=(TOOL,),
    )


def convert(model: Servable, directory: Path, *, file: Target) -> Sequence[str] | None:
    """Write `model.tflite`, the page and the runtime into `directory`.

    Args:
        model: what to deliver.
        directory: where to.
        file: the target that writes the LiteRT file.

    Returns:
        What its user has to know of the LiteRT file.

    Raises:
        Lacking: LiteRT.js cannot hold the model.
    """
    expect_dtypes(model, DTYPES, "LiteRT.js")
    for port in model.inputs:
        if None in port.shape[1:]:
            raise Lacking(
                f"LiteRT.js takes inputs of fixed shapes alone, and `{port.name}` has an open axis "
                f"{port.shape[1:]}; give its length in the config"
            )
    notes = file.convert(model, directory)
    write_page(model, directory, "litert.js", file.tolerance)
    copy_runtime(directory / "litert")
    return notes


def copy_runtime(directory: Path) -> None:
    """Copy LiteRT.js, with its one import by name made one by place: a browser knows no packages.

    Raises:
        RunError: the package is not the one that this was written for.
    """
    folder = tool_folder(TOOL)
    assert folder, "a target is not built here without its tools"
    packages = folder / "node_modules" / "@litertjs"
    (directory / "wasm").mkdir(parents=True)
    for build in _WASM:
        for name in (f"{build}.js", f"{build}.wasm"):
            shutil.copyfile(packages / "core" / "wasm" / name, directory / "wasm" / name)
    index = (packages / "core" / "dist" / "index.js").read_text(encoding="utf-8")
    before, found, after = index.partition('from "@litertjs/wasm-utils"')
    if not found or 'from "@litertjs' in after:
        raise RunError("expected @litertjs/core with one import, of @litertjs/wasm-utils")
    note = (
        "// @litertjs/core (Apache License 2.0), changed by kerascfg: it imports wasm_utils.js.\n"
    )
    changed = f'{note}{before}from "./wasm_utils.js"{after}'
    (directory / "index.js").write_text(changed, encoding="utf-8")
    shutil.copyfile(packages / "wasm-utils" / "dist" / "index.js", directory / "wasm_utils.js")


def open_page(directory: Path) -> Remote:
    """Open an artefact in Chromium, without a window."""
    program = find_chromium()

    def command(address: str, scratch: Path) -> list[str]:
        return headless(program, scratch / "profile", f"{address}harness.html")

    return Remote(directory, command, "Chromium")
