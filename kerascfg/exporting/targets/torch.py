"""PyTorch's exported program (`.pt2`): a graph of its own operations, any number of samples a call.

    program = torch.export.load("model.pt2").module()
    answers = program({"image": images})

The extra file `metadata.json` tells what is known of the run. The model is traced by Keras's torch
backend; recurrent layers are written out step by step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kerascfg.exporting.target import TENSORFLOW_ALONE, Target
from kerascfg.exporting.torch_graph import names, ports, torch_graph

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.servable import Servable

FILE = "model.pt2"
USAGE = f"""\
import torch  # pip install torch
run = torch.export.load("{FILE}").module()
"""


def torch(*, tolerance: float = 1e-5) -> Target:
    """Deliver an exported program for PyTorch.

    Args:
        tolerance: the largest difference from Keras, for answers up to 1 in size.
    """
    return Target(
        convert=convert,
        open=Program,
        open_with=Program,
        tolerance=tolerance,
        forbidden=("keras", "tensorflow"),
        lacks=TENSORFLOW_ALONE,
        usage=USAGE,
        tools=("torch",),
        backend="torch",
    )


def convert(model: Servable, directory: Path) -> None:
    """Write `model.pt2` into `directory`.

    Raises:
        Lacking: PyTorch cannot trace the model.
    """
    from torch.export import save  # pyright: ignore[reportMissingImports]

    about = {"metadata.json": json.dumps(model.metadata)}
    save(torch_graph(model, batch=None), directory / FILE, extra_files=about)


class Program:
    """An exported program, answered by PyTorch alone."""

    batch = None

    def __init__(self, directory: Path, threads: int = 1):
        """Load `model.pt2` in `directory`."""
        import torch  # pyright: ignore[reportMissingImports]

        torch.set_num_threads(threads)
        graph = torch.export.load(directory / FILE)
        self._answer = graph.module()
        takes, returns = names(graph)
        self.inputs = ports(takes, graph.graph_signature.user_inputs, graph)
        self.outputs = ports(returns, graph.graph_signature.user_outputs, graph)

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one batch of samples."""
        import torch  # pyright: ignore[reportMissingImports]

        with torch.inference_mode():
            answers = self._answer({name: torch.tensor(feeds[name]) for name in feeds})
        return {name: tensor.numpy() for name, tensor in answers.items()}
