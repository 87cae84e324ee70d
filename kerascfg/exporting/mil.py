"""A saved Core ML program, evaluated operation by operation where Core ML itself does not run.

Core ML's runtime is part of macOS. Elsewhere `coremltools` reads the program back from the package,
with its weights, and says what each operation is; most have a definition in NumPy there, for the
folding of constants. `mil_kernels` has the rest. So the artefact that is compared is the file
itself; what is not tested is Core ML's own arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.mil_kernels import KERNELS, NoKernel
from kerascfg.exporting.target import Refused

if TYPE_CHECKING:
    import numpy as np


class Program:
    """The program of a `.mlpackage`, as a function of arrays.

    Attributes:
        inputs: input -> (shape, dtype).
        outputs: output -> (shape, dtype).
        metadata: what the package says of itself.
    """

    def __init__(self, package: Path):
        """Read a package.

        Raises:
            Refused: it has an operation that cannot be evaluated.
        """
        import coremltools
        from coremltools.converters.mil.frontend.milproto.load import load

        model = coremltools.models.MLModel(str(package), skip_model_load=True)
        self.metadata = dict(model.user_defined_metadata)
        spec = model.get_spec()
        program = load(spec, spec.specificationVersion, str(model.weights_dir))
        self._main = program.functions["main"]
        self.inputs = {name: _described(var) for name, var in self._main.inputs.items()}
        self.outputs = {var.name: _described(var) for var in self._main.outputs}
        self._steps = []
        for operation in self._main.operations:
            if operation.op_type == "const":
                _make_plain(operation.outputs[0])
            elif operation.op_type.startswith("constexpr_"):
                _put(operation.outputs[0], operation.materialized_val_inference())
            else:
                self._steps.append(operation)
        missing = sorted({step.op_type for step in self._steps if not _is_defined(step)})
        if missing:
            raise _refusal(", ".join(missing))

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Evaluate the program.

        Raises:
            Refused: an operation cannot be evaluated the way that it is used.
        """
        for name, var in self._main.inputs.items():
            _put(var, feeds[name])
        for step in self._steps:
            for var, value in zip(step.outputs, _evaluated(step), strict=True):
                _put(var, value)
        return {var.name: var.val for var in self._main.outputs}


def _make_plain(var: Any) -> None:
    """Make a NumPy bool Python's, which NumPy's own functions want for `keepdims`."""
    import numpy as np

    if isinstance(var.val, np.bool_):
        var._sym_val = SimpleNamespace(val=bool(var.val))


def _is_defined(operation: Any) -> bool:
    from coremltools.converters.mil.mil import Operation

    inferred = type(operation).value_inference is not Operation.value_inference
    return operation.op_type in KERNELS or inferred


def _evaluated(operation: Any) -> tuple[Any, ...]:
    """Return the values of an operation whose inputs have values."""
    kernel = KERNELS.get(operation.op_type)
    try:
        value = kernel(operation) if kernel else operation.value_inference()
    except (NoKernel, NotImplementedError) as error:
        raise _refusal(f"{operation.op_type} ({error})") from error
    values = tuple(value) if len(operation.outputs) > 1 else (value,)
    if any(value is None for value in values):
        raise _refusal(operation.op_type)
    return values


def _put(var: Any, value: Any) -> None:
    """Give a variable of the program its value, in the type and shape that the program states."""
    import numpy as np

    shape, dtype = _described(var)
    value = np.asarray(value).astype(dtype, copy=False)
    if value.shape != shape:
        raise ValueError(f"expected {var.name} of the shape {shape}. Received: {value.shape}")
    var._sym_val = SimpleNamespace(val=value)  # what operations are evaluated by reads this


def _described(var: Any) -> tuple[tuple[int, ...], np.dtype]:
    import numpy as np
    from coremltools.converters.mil.mil.types import nptype_from_builtin

    kind: Any = nptype_from_builtin(var.dtype)
    return tuple(int(size) for size in var.shape), np.dtype(kind)


def _refusal(operations: str) -> Refused:
    return Refused(
        f"no answers to compare: Core ML runs on macOS only, and without it the operation "
        f"{operations} of the program cannot be evaluated here; export on macOS"
    )
