"""ExecuTorch (`.pte`): PyTorch's runtime for phones and embedded systems, one sample a call.

Tensors go in and come out by position; the methods `input_names` and `output_names` of the program
return the names in that order, as JSON, `metadata` what is known of the run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.exporting.delivery import Port
from kerascfg.exporting.refusing import refusing
from kerascfg.exporting.target import TENSORFLOW_ALONE, Lacking, Target
from kerascfg.exporting.torch_graph import names, torch_graph

if TYPE_CHECKING:
    import numpy as np
    from torch.export import ExportedProgram  # pyright: ignore[reportMissingImports]

    from kerascfg.exporting.servable import Servable

FILE = "model.pte"
USAGE = f"""\
from executorch.runtime import Runtime  # pip install executorch
run = Runtime.get().load_program("{FILE}").load_method("forward").execute
"""
_DTYPES = {
    **{0: "uint8", 1: "int8", 2: "int16", 3: "int32", 4: "int64"},
    **{5: "float16", 6: "float32", 7: "float64", 11: "bool", 15: "bfloat16"},
}
"""The runtime's numbers of dtypes (`ScalarType`)."""


def executorch(
    *, delegate: Literal["xnnpack", "none"] = "xnnpack", tolerance: float = 1e-5
) -> Target:
    """Deliver a program for ExecuTorch.

    Args:
        delegate: "xnnpack" gives what XNNPACK knows to it, the usual way on CPUs; "none" leaves all
            to ExecuTorch's portable kernels, which every build of the runtime has.
        tolerance: the largest difference from Keras, for answers up to 1 in size.
    """

    def convert(model: Servable, directory: Path) -> None:
        write_program(model, directory, delegate)

    return Target(
        convert=convert,
        open=Program,
        tolerance=tolerance,
        forbidden=("keras", "tensorflow"),
        lacks=TENSORFLOW_ALONE,
        usage=USAGE,
        tools=("torch",),
        backend="torch",
    )


def write_program(model: Servable, directory: Path, delegate: str) -> None:
    """Write `model.pte` into `directory`.

    Raises:
        Lacking: PyTorch cannot trace the model, or the runtime has no kernel for an operation.
    """
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import (  # pyright: ignore[reportMissingImports]
        XnnpackPartitioner,
    )
    from executorch.exir import (  # pyright: ignore[reportMissingImports]
        to_edge_transform_and_lower,
    )
    from executorch.exir.error import ExportError  # pyright: ignore[reportMissingImports]
    from executorch.runtime import Runtime  # pyright: ignore[reportMissingImports]
    from torch._export.verifier import (  # pyright: ignore[reportMissingImports]
        SpecViolationError,
    )

    graph = torch_graph(model, batch=1)
    takes, returns = names(graph)
    methods = {
        "input_names": json.dumps(takes),
        "output_names": json.dumps(returns),
        "metadata": json.dumps(model.metadata),
    }
    with (
        refusing("ExecuTorch cannot hold it", ExportError, SpecViolationError),
        refusing("", RuntimeError, reason=kernels_lacking),
    ):
        ready = to_edge_transform_and_lower(
            with_weights_computed(graph),
            partitioner=[XnnpackPartitioner()] if delegate == "xnnpack" else None,
            constant_methods=methods,
        ).to_executorch()
    (plan, *_) = ready.executorch_program.execution_plan
    wanted = {f"{op.name}.{op.overload}" if op.overload else op.name for op in plan.operators}
    if lacking := wanted - set(Runtime.get().operator_registry.operator_names):
        raise Lacking(f"ExecuTorch's runtime has no kernel for {', '.join(sorted(lacking))}")
    (directory / FILE).write_bytes(ready.buffer)


def kernels_lacking(message: str) -> str | None:
    """Read from an error's message which operations have no kernel, None where it says else."""
    found = re.search(r"Missing out variants: \{(.+)\}", message)
    return f"ExecuTorch has no kernel for {found[1]}" if found else None


def with_weights_computed(graph: ExportedProgram) -> ExportedProgram:
    """Return a graph in the usual order of dimensions, with all that weights alone make computed.

    Keras asks PyTorch for convolutions on copies in the order "channels last" and transposes the
    kernel at every call. ExecuTorch's kernels refuse that order when they run, without a word when
    they are made, and XNNPACK takes a kernel that is a constant alone.
    """
    import torch  # pyright: ignore[reportMissingImports]
    from executorch.exir.passes.constant_prop_pass import (  # pyright: ignore[reportMissingImports]
        constant_prop_pass,
    )

    clone = torch.ops.aten.clone.default
    usual = {"memory_format": torch.contiguous_format}
    graph = graph.run_decompositions()
    for node in list(graph.graph.nodes):
        if node.target is clone:
            node.kwargs = usual
        elif node.target is torch.ops.aten.view.default:  # what it views now lies in another order
            viewed = node.args[0]
            with graph.graph.inserting_before(node):
                copied = graph.graph.call_function(clone, (viewed,), usual)
            copied.meta = viewed.meta | {"val": viewed.meta["val"].contiguous()}
            node.replace_input_with(viewed, copied)
    graph.graph_module.recompile()
    for _ in range(2):  # what follows a copy of a constant is constant too
        graph = constant_prop_pass(graph)
        for name, tensor in graph.constants.items():
            graph.constants[name] = tensor.contiguous()
        made = set(graph.graph_signature.inputs_to_lifted_tensor_constants)
        for node in list(graph.graph.nodes):
            if node.name in made:
                node.meta["val"] = node.meta["val"].contiguous()
            elif node.target is clone and node.args[0].name in made:
                node.replace_all_uses_with(node.args[0])
                graph.graph.erase_node(node)
        graph.graph_module.recompile()
    return graph


class Program:
    """A program, answered by ExecuTorch's runtime."""

    batch = 1

    def __init__(self, directory: Path):
        """Load `model.pte` in `directory`."""
        from executorch.runtime import Runtime  # pyright: ignore[reportMissingImports]

        self._program = Runtime.get().load_program(directory / FILE)
        self._forward = self._program.load_method("forward")
        described = self._forward.metadata
        self._inputs, self._outputs = self._names("input_names"), self._names("output_names")
        self.inputs = _ports(self._inputs, described.input_tensor_meta)
        self.outputs = _ports(self._outputs, described.output_tensor_meta)

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one sample."""
        import torch  # pyright: ignore[reportMissingImports]

        answers = self._forward.execute([torch.tensor(feeds[name]) for name in self._inputs])
        # The runtime writes the next answers into the same memory.
        return {
            name: tensor.numpy().copy() for name, tensor in zip(self._outputs, answers, strict=True)
        }

    def _names(self, method: str) -> list[str]:
        (names,) = self._program.load_method(method).execute([])
        return json.loads(names)


def _ports(names: Sequence[str], described: Callable[[int], Any]) -> tuple[Port, ...]:
    infos = [described(index) for index in range(len(names))]
    return tuple(
        Port(name, tuple(info.sizes()), _DTYPES[info.dtype()])
        for name, info in zip(names, infos, strict=True)
    )
