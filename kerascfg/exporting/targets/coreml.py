"""Core ML (iOS, macOS): an ML program in an `.mlpackage`, one sample a call.

It is made with `coremltools`, on Linux too; Core ML itself, which answers here on macOS, is part of
that system. Elsewhere the saved program is evaluated operation by operation (see `mil`), and the
delivery's notes say so. It runs from iOS 16 and macOS 13 on.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.delivery import Port
from kerascfg.exporting.guarding import Quantisation, quantised
from kerascfg.exporting.layers import parts_by_layer
from kerascfg.exporting.mil import Program
from kerascfg.exporting.mil_reducing import Quantize, reducing
from kerascfg.exporting.refusing import refusing
from kerascfg.exporting.target import Lacking, Target
from kerascfg.exporting.tolerances import allowance
from kerascfg.exporting.variants import unrolled, with_erf_gelu

if TYPE_CHECKING:
    import numpy as np
    from tensorflow.types.experimental import ConcreteFunction

    from kerascfg.exporting.servable import Servable

PACKAGE = "model.mlpackage"
USAGE = f"""\
import coremltools as ct  # on macOS; an app of Xcode takes the package as it is
model = ct.models.MLModel("{PACKAGE}")
"""
LACKS = (
    *("DecodeAudio", "DecodeImage", "TextVectorization", "StringLookup"),
    *("Hashing", "HashedCrossing", "IntegerLookup"),
)
"""Layers of texts, files and tables, which Core ML's programs do not have."""

_TAKEN_AS = {
    **dict.fromkeys(("bool", "uint8", "int8", "uint16", "int16", "uint32", "int64"), "int32"),
    **dict.fromkeys(("float16", "bfloat16", "float64"), "float32"),
}
"""Types of inputs that Core ML has no arrays of -> the type that it is given instead."""
_NAMES = "kerascfg.names"
"""Key of the package's metadata: names of outputs in the program -> in the model, as JSON."""
_REASONS = {
    re.compile(r"Conversion for TF op '(\w+)' not implemented"): (
        "Core ML has no operation for TensorFlow's {}"
    ),
    re.compile(r"Cast: Provided destination type (\w+) not supported"): (
        "Core ML has no operation that makes the type {}"
    ),
    re.compile(r"only supports tensors with rank <= 5"): (
        "Core ML holds tensors of 5 axes at most, with that of samples"
    ),
}
"""What the converter says -> the reason of a refusal."""


def coreml(
    *,
    quantize: Quantize | None = None,
    max_drop: float | None = None,
    tolerance: float | None = None,
) -> Target:
    """Deliver a Core ML package that takes one sample a call, in float32 unless told otherwise.

    Args:
        quantize: "float16" for weights and arithmetic, "weights_int8" for linear steps by channel,
            "weights_int4" for 16 values a layer, chosen by k-means; null for float32.
        max_drop: how much worse the metric may be than Keras's; see `litert`.
        tolerance: the largest difference from Keras, for answers up to 1 in size; null for what
            fits `quantize`.
    """
    allowed = allowance("coreml", quantize, tolerance)
    return Target(
        convert=partial(convert, quantize=quantize, max_drop=max_drop),
        open=open_package,
        tolerance=allowed.tolerance,
        tolerance_reason=allowed.reason,
        forbidden=("keras", "tensorflow"),
        requires={"tensorflow": "tensorflow", "coremltools": "coremltools"},
        timed=sys.platform == "darwin",
        quantize=quantize,
        max_drop=max_drop,
        lacks=LACKS,
        usage=USAGE,
    )


def convert(
    model: Servable, directory: Path, *, quantize: Quantize | None, max_drop: float | None
) -> list[str]:
    """Write `model.mlpackage` into `directory`.

    Returns:
        What its user has to know of the quantisation, and how it was compared where Core ML itself
        does not run.

    Raises:
        Refused: it takes or returns what is no number, any size of other axes than that of
            samples, holds operations that Core ML lacks, or `max_drop` cannot be met.
    """
    from kerascfg.exporting.servable import Servable

    refuse_ports(model)
    register_tests_of_gaps()
    taught = Servable(unrolled(with_erf_gelu(model.model)))
    names = {re.sub(r"\W", "_", port.name, flags=re.ASCII): port.name for port in model.outputs}
    function = taught.concrete(batch=1)
    about = {f"kerascfg.{key}": value for key, value in model.metadata.items()}

    def write(package: Any, folder: Path) -> None:
        package.user_defined_metadata.update(about | {_NAMES: json.dumps(names)})
        package.save(str(folder / PACKAGE))

    makes = partial(program, function, taught.inputs, sorted(names, key=names.__getitem__))
    if quantize is None:
        package, notes = makes(None), list[str]()
    else:
        reduce, scopes = reducing(quantize, makes)
        how = Quantisation(
            quantize, lambda: parts_by_layer(scopes(), model.model), reduce, write, open_package
        )
        package, notes = quantised(model, how, max_drop)
    write(package, directory)
    if sys.platform == "darwin":
        return notes
    return [*notes, "compared by evaluating its saved program; Core ML itself runs on macOS only"]


def program(
    function: ConcreteFunction, inputs: Sequence[Port], outputs: Sequence[str], precision: Any
) -> Any:
    """Convert to an ML program.

    Args:
        function: what to convert.
        inputs: what it takes.
        outputs: what the program is to call what it returns, in the order of the names in the
            model.
        precision: what is computed in float16; None for nothing.

    Raises:
        Lacking: Core ML lacks an operation.
    """
    import coremltools as ct

    with refusing("", NotImplementedError, ValueError, reason=reason_of_refusal):
        return ct.convert(
            [function],
            source="tensorflow",
            convert_to="mlprogram",
            minimum_deployment_target=ct.target.iOS16,
            compute_precision=precision or ct.precision.FLOAT32,
            inputs=[_typed(port) for port in inputs],
            outputs=[ct.TensorType(name=name) for name in outputs],
            skip_model_load=True,
        )


def open_package(directory: Path) -> Evaluated | CoreML:
    """Open an artefact by Core ML itself where that is, else by evaluating its program."""
    return CoreML(directory) if sys.platform == "darwin" else Evaluated(directory)


def reason_of_refusal(message: str) -> str | None:
    """Read from the converter's message what Core ML lacks, None where it says another thing."""
    for pattern, reason in _REASONS.items():
        if found := pattern.search(message):
            return reason.format(*found.groups())
    return None


def refuse_ports(model: Servable) -> None:
    """Refuse inputs and outputs that Core ML, or a program of fixed sizes, has no place for.

    Raises:
        Lacking: with what would make it work.
    """
    for what, ports in (("input", model.inputs), ("output", model.outputs)):
        for port in ports:
            if port.dtype == "string":
                raise Lacking(
                    f"Core ML has no texts, and the {what} `{port.name}` is one; put what reads or "
                    "writes it into model.preprocess or model.postprocess, which stay outside"
                )
    for port in model.inputs:
        if None in port.shape[1:]:
            raise Lacking(
                f"its program is of fixed sizes, and the input `{port.name}` takes any size "
                f"({', '.join('any' if size is None else str(size) for size in port.shape[1:])}); "
                "give the model's input a fixed size"
            )


def register_tests_of_gaps() -> None:
    """Teach the converter the tests for NaN and infinity, which stand where gaps are filled."""
    from coremltools.converters.mil import Builder
    from coremltools.converters.mil.frontend.tensorflow import tf_op_registry

    def IsNan(context: Any, node: Any) -> None:  # noqa: N802 - the operation's own name
        x = context[node.inputs[0]]
        context.add(node.name, Builder.not_equal(x=x, y=x, name=node.name))

    def IsInf(context: Any, node: Any) -> None:  # noqa: N802
        size = Builder.abs(x=context[node.inputs[0]])
        context.add(node.name, Builder.equal(x=size, y=float("inf"), name=node.name))

    for operation in (IsNan, IsInf):
        tf_op_registry.register_tf_op(override=True)(operation)


def _typed(port: Port) -> Any:
    """Return the declaration of an input."""
    import coremltools as ct
    import numpy as np

    dtype = np.dtype(_TAKEN_AS.get(port.dtype, port.dtype)).type
    return ct.TensorType(port.name, (1, *port.shape[1:]), dtype)


class Evaluated:
    """A package, answered by evaluating its program: neither Core ML nor TensorFlow is needed."""

    batch = 1

    def __init__(self, directory: Path):
        """Read `model.mlpackage` in `directory`.

        Raises:
            Refused: it has an operation that cannot be evaluated.
        """
        self._program = Program(directory / PACKAGE)
        self._names = json.loads(self._program.metadata[_NAMES])
        self.inputs = _ports(self._program.inputs)
        self.outputs = _ports(self._program.outputs, self._names)

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one sample."""
        made = self._program(feeds)
        return {self._names[name]: value for name, value in made.items()}


class CoreML:
    """A package, answered by Core ML itself, which runs on macOS."""

    batch = 1

    def __init__(self, directory: Path):
        """Load `model.mlpackage` in `directory`."""
        import coremltools as ct

        self._model = ct.models.MLModel(str(directory / PACKAGE))
        self._names = json.loads(self._model.user_defined_metadata[_NAMES])
        description = self._model.get_spec().description
        self.inputs = _ports({each.name: _array(each) for each in description.input})
        self.outputs = _ports({each.name: _array(each) for each in description.output}, self._names)

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one sample."""
        fed = {port.name: feeds[port.name].astype(port.dtype) for port in self.inputs}
        return {self._names[name]: value for name, value in self._model.predict(fed).items()}


def _array(feature: Any) -> tuple[tuple[int, ...], str]:
    """Return shape and type of what a package describes."""
    array = feature.type.multiArrayType
    kinds = {array.INT32: "int32", array.FLOAT16: "float16", array.FLOAT32: "float32"}
    return tuple(array.shape), kinds[array.dataType]


def _ports(
    arrays: Mapping[str, tuple[tuple[int, ...], Any]], names: Mapping[str, str] | None = None
) -> tuple[Port, ...]:
    """Describe arrays by name; `names` are those in the model, where they may differ."""
    return tuple(
        Port((names or {}).get(name, name), shape, str(dtype))
        for name, (shape, dtype) in sorted(arrays.items())
    )
