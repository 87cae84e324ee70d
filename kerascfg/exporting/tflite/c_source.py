"""A LiteRT file as C++ for a microcontroller: the array, the arena's size, the operations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from kerascfg.exporting.tflite.schema import read_schema

if TYPE_CHECKING:
    from kerascfg.exporting.tflite.ends import End

_A_LINE = 16
_NAMES = {
    "BATCH_MATMUL": "BatchMatMul",
    "CUMSUM": "CumSum",
    "PADV2": "PadV2",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTM",
}
"""Methods of `MicroMutableOpResolver` that are not spelled as the others."""

_HEADER = """\
// The model, for TensorFlow Lite Micro.{metadata}
#pragma once

#include <cstddef>

// The file, aligned as the interpreter wants it.
extern const unsigned char kModel[];
extern const size_t kModelSize;

// Bytes of working memory, measured with the interpreter of TensorFlow Lite Micro and its
// reference kernels; optimised ones (CMSIS-NN, ESP-NN) may ask for more.
constexpr size_t kArenaSize = {arena};

// What it takes, by its place in the interpreter; real = scale * (whole number - zero point).
{inputs}

// What it returns, likewise.
{outputs}
"""

_SOURCE = """\
#include "model.h"

alignas(16) const unsigned char kModel[] = {{
{rows}
}};
const size_t kModelSize = sizeof(kModel);
"""

_OPERATORS = """\
// The operations of the model, and no others: what is not registered is not linked.
#pragma once

#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

using ModelOperators = tflite::MicroMutableOpResolver<{count}>;

inline TfLiteStatus RegisterOperators(ModelOperators& operators) {{
{adds}
  return kTfLiteOk;
}}
"""


def header(
    arena: int, inputs: Iterable[End], outputs: Iterable[End], metadata: Mapping[str, str]
) -> str:
    """Return `model.h`."""
    said = "".join(f"\n// {key}: {one_line(text)}" for key, text in metadata.items())
    return _HEADER.format(
        metadata=said, arena=arena, inputs=_ends("Input", inputs), outputs=_ends("Output", outputs)
    )


def source(content: bytes) -> str:
    """Return `model.cc`."""
    rows = [
        "  " + " ".join(f"0x{byte:02x}," for byte in content[start : start + _A_LINE])
        for start in range(0, len(content), _A_LINE)
    ]
    return _SOURCE.format(rows="\n".join(rows))


def read_source(text: str) -> bytes:
    """Return the file in a `model.cc`."""
    array = text[text.index("{") : text.index("}")]
    return bytes(int(number, 16) for number in re.findall(r"0x([0-9a-f]{2})", array))


def read_arena(text: str) -> int:
    """Return the size of the arena in a `model.h`."""
    found = re.search(r"kArenaSize = (\d+);", text)
    assert found, "a header that `header` made"
    return int(found[1])


def operators(content: bytes) -> str:
    """Return `operators.h`."""
    names = operator_names(content)
    adds = [f"  TF_LITE_ENSURE_STATUS(operators.Add{_method(name)}());" for name in names]
    return _OPERATORS.format(count=len(names), adds="\n".join(adds))


def operator_names(content: bytes) -> list[str]:
    """Return the operations of a file, each once, as its schema spells them."""
    from ai_edge_litert.schema_py_generated import BuiltinOperator

    by_code = {code: name for name, code in vars(BuiltinOperator).items() if isinstance(code, int)}
    model = read_schema(content)
    used = {operation.opcodeIndex for graph in model.subgraphs for operation in graph.operators}
    codes = {
        max(
            model.operatorCodes[index].builtinCode, model.operatorCodes[index].deprecatedBuiltinCode
        )
        for index in used
    }
    return sorted(by_code[code] for code in codes)


def _method(name: str) -> str:
    """Spell CONV_2D as Conv2D."""
    parts = [
        part[0].upper() + (part[1:].upper() if part[0].isdigit() else part[1:].lower())
        for part in name.split("_")
    ]
    return _NAMES.get(name, "".join(parts))


def _ends(kind: str, ends: Iterable[End]) -> str:
    lines = []
    for end in ends:
        name = f"k{kind}{end.place}"
        lines.append(f"// {end.place}: {one_line(end.name)}, {end.dtype} {list(end.shape)}")
        if end.scale:
            lines.append(f"constexpr float {name}Scale = {end.scale!r}f;")
            lines.append(f"constexpr int {name}ZeroPoint = {end.zero_point};")
    return "\n".join(lines)


def one_line(text: str) -> str:
    """Keep a text from ending its comment, or from drawing the next line into it."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split()).replace("\\", "/")
