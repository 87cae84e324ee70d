"""A Keras model, run by Keras's torch backend, as a graph of PyTorch's own operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.delivery import Port
from kerascfg.exporting.foreign import errors_of
from kerascfg.exporting.refusing import opening, refusing
from kerascfg.exporting.servable import Servable
from kerascfg.exporting.variants import unrolled

if TYPE_CHECKING:
    from torch.export import ExportedProgram  # pyright: ignore[reportMissingImports]


def torch_graph(model: Servable, batch: int | None) -> ExportedProgram:
    """Return the model as a graph that takes a dict by name, and returns one.

    Args:
        model: with the torch backend.
        batch: the number of samples it takes, None for any. Other axes that are open stay open.

    Raises:
        Lacking: PyTorch cannot trace it, or an axis that is to stay open becomes fixed.
    """
    import torch  # pyright: ignore[reportMissingImports]
    from torch._dynamo.exc import (  # pyright: ignore[reportMissingImports]
        Unsupported,
        UserError,
    )
    from torch._subclasses.fake_tensor import (  # pyright: ignore[reportMissingImports]
        DataDependentOutputException,
        DynamicOutputShapeException,
        UnsupportedOperatorException,
    )
    from torch.fx.experimental.symbolic_shapes import (  # pyright: ignore[reportMissingImports]
        GuardOnDataDependentSymNode,
    )

    served = Servable(unrolled(model.model))

    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = served.model

        def forward(self, feeds: dict[str, Any]) -> dict[str, Any]:
            return served(feeds)

    feeds, axes = {}, {}
    for port in model.inputs:
        shape = (batch or 2, *model.samples[port.name].shape[1:])  # 1 would be taken for fixed
        feeds[port.name] = torch.zeros(shape, dtype=getattr(torch, port.dtype))
        sizes = (batch, *port.shape[1:])
        axes[port.name] = {
            axis: torch.export.Dim.DYNAMIC for axis, size in enumerate(sizes) if size is None
        }
    with refusing("Keras cannot run it with PyTorch", *errors_of(model.model), reason=opening):
        served(feeds)
    known = (
        *(UserError, Unsupported, GuardOnDataDependentSymNode),
        *(DataDependentOutputException, DynamicOutputShapeException, UnsupportedOperatorException),
    )
    with refusing("PyTorch cannot trace it", *known, reason=reason):
        graph = torch.export.export(Module().eval(), (feeds,), dynamic_shapes=(axes,), strict=False)
    for module in graph.graph_module.modules():
        for node in module.graph.nodes if isinstance(module, torch.fx.GraphModule) else ():
            node.meta.pop("stack_trace", None)  # places of this machine, in a file for others
    return graph


def reason(message: str) -> str:
    """Return what PyTorch says is wrong, without what it advises."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith("- ")), lines[0])
    return told.removeprefix("- ").split(". If you're")[0]


def names(graph: ExportedProgram) -> tuple[list[str], list[str]]:
    """Return the names of a graph's inputs and of its outputs, in the order of its tensors."""
    (feeds,), _ = graph.example_inputs
    return list(feeds), list(graph.call_spec.out_spec.context)


def ports(names: list[str], nodes: Sequence[str], graph: ExportedProgram) -> tuple[Port, ...]:
    """Describe nodes of a graph by name; an axis without a number is open."""
    values = {node.name: node.meta["val"] for node in graph.graph.nodes if "val" in node.meta}
    return tuple(
        Port(
            name,
            tuple(size if isinstance(size, int) else None for size in values[node].shape),
            str(values[node].dtype).removeprefix("torch."),
        )
        for name, node in zip(names, nodes, strict=True)
    )
