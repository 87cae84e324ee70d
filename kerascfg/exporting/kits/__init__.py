"""Kits: beside each artefact a client for each of its platforms, a golden pair, and a self-test.

The folder `kit/` of a delivery holds clients that a person of that platform would write, the first
real samples with Keras's answers (`golden/`), and a self-test that runs the one through the other
with the tolerance of the certificate. The templates are the files in the folders beside this one,
one for each target and `shared/` for what several use; what stands between two @ is filled in.

A client's `checked` says what kerascfg's own tests do with the filled template, and the kit's
README repeats it: "run" (the golden pair of our tests' models went through it), "run, against
declarations of ours" (likewise, but compiled with what our tests declare of the runtime, not with
its headers), "compiled", "parsed" (its syntax is right; no compiler of the platform was there), or
"not checked".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Checked = Literal["run", "run, against declarations of ours", "compiled", "parsed", "not checked"]

_NUMBERS = frozenset(
    ["bool", "float16", "float32", "float64"]
    + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)
_COMPARED_IN_CPP = frozenset({"float32", "float64", "int64", "int32", "int8", "uint8", "bool"})
SCALED = "scaled integers"
"""What a quantised artefact may take or return in the place of the model's floats."""
_ANYTHING = _NUMBERS | {"string", SCALED}
_IN_JSON = _ANYTHING - {"float16", "uint16"}
"""What TensorFlow Serving reads from JSON and writes to it."""


@dataclass(frozen=True)
class Client:
    """One client of a kit.

    Attributes:
        platform: whose client it is, as the README's table says it.
        files: its files, each found in the target's folder, else in `shared/`; the first is the
            client, the others test it.
        test: the command, or what else to do, that runs the golden pair through it.
        checked: what kerascfg's own tests do with it.
        takes: dtypes of inputs that it can feed, or `SCALED`; for others it is not written.
        returns: dtypes of outputs that it can read, likewise.
    """

    platform: str
    files: tuple[str, ...]
    test: str
    checked: Checked
    takes: frozenset[str] = _NUMBERS
    returns: frozenset[str] = _NUMBERS


def _python(needs: str, checked: Checked = "run") -> Client:
    test = f"`pip install {needs}`, then `python selftest.py`"
    return Client("Python", ("client.py", "selftest.py"), test, checked, _ANYTHING, _ANYTHING)


def _cpp(flags: str, checked: Checked) -> Client:
    files = ("client.hpp", "tensor.hpp", "difference.hpp", "selftest.cpp")
    test = f"`c++ -std=c++17 selftest.cpp {flags} && ./a.out`"
    return Client("C++", files, test, checked, returns=_COMPARED_IN_CPP)


def _kotlin(takes: frozenset[str]) -> Client:
    files = ("Client.kt", "ClientTest.kt")
    test = "an instrumented test; the top of `ClientTest.kt` says where the files go"
    return Client("Kotlin, Android", files, test, "parsed", takes, frozenset({"float32"}))


def _swift(platform: str, takes: frozenset[str]) -> Client:
    files = ("Client.swift", "ClientTests.swift")
    test = "a unit test; the top of `ClientTests.swift` says where the files go"
    return Client(platform, files, test, "parsed", takes, frozenset({"float32"}))


KITS: dict[str, tuple[Client, ...]] = {
    "saved_model": (
        _python("numpy tensorflow"),
        Client(
            "Python, REST",
            ("client_rest.py", "selftest.py"),
            "with a server running: `python selftest.py client_rest`",
            "run",
            _IN_JSON,
            _IN_JSON,
        ),
        Client(
            "Python, gRPC",
            ("client_grpc.py", "selftest.py"),
            "with a server running: `python selftest.py client_grpc`",
            "run",
            _ANYTHING,
            _ANYTHING,
        ),
        Client(
            "curl",
            ("predict.sh", "golden/request.json", "golden/response.json"),
            "with a server running: `bash predict.sh`, and compare with `golden/response.json`",
            "run",
            _IN_JSON,
            _IN_JSON,
        ),
    ),
    "litert": (
        _python("numpy ai-edge-litert"),
        _cpp("-I LITERT_INCLUDE -L LITERT_LIB -l LiteRt", "run, against declarations of ours"),
        _kotlin(frozenset({"float32", "int32", "bool"})),
        _swift("Swift, iOS", _NUMBERS),
    ),
    "tflm": (
        Client(
            "C++, microcontrollers",
            ("main.cc", "golden.h", "difference.hpp"),
            "build `main.cc` with `../model.cc` and the library of your board; it returns 0",
            "not checked",
            takes=frozenset({"float32", "int8", SCALED}),
            returns=frozenset({"float32", "int8", SCALED}),
        ),
    ),
    "onnx": (
        _python("numpy onnxruntime"),
        _cpp("-I ONNXRUNTIME_INCLUDE -L ONNXRUNTIME_LIB -l onnxruntime", "not checked"),
    ),
    "openvino": (
        _python("numpy openvino"),
        _cpp("-I OPENVINO_INCLUDE -L OPENVINO_LIB -l openvino", "run"),
    ),
    "keras": (_python("numpy keras tensorflow"),),
    "torch": (_python("numpy torch"),),
    "stablehlo": (_python("numpy jax"),),
    "executorch": (
        _python("numpy torch executorch"),
        _kotlin(frozenset({"float32", "int32", "int64"})),
        _swift("Swift, iOS and macOS", frozenset({"float32"})),
    ),
    "coreml": (_swift("Swift, iOS and macOS", frozenset({"float32", "int32"})),),
}
"""Name of a target's function -> the clients of its kit; a target that is not here has none."""
