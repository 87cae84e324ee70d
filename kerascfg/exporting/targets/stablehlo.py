"""StableHLO as JAX exports it: for servers of JAX, TensorFlow and whatever compiles by XLA.

    exported = jax.export.deserialize(bytearray(Path("model.jax_export").read_bytes()))
    answers = exported.call({"image": images})
    print(exported.mlir_module())  # the StableHLO, as text

Any number of samples a call, weights inside, for the CPU. JAX promises that versions up to six
months newer than that of the tool read the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.delivery import Port
from kerascfg.exporting.foreign import errors_of
from kerascfg.exporting.refusing import opening, refusing
from kerascfg.exporting.target import TENSORFLOW_ALONE, Target

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.servable import Servable

FILE = "model.jax_export"
USAGE = f"""\
import jax  # pip install jax
run = jax.export.deserialize(bytearray(open("{FILE}", "rb").read())).call
"""


def stablehlo(*, tolerance: float = 1e-5) -> Target:
    """Deliver StableHLO, exported and run by JAX.

    Args:
        tolerance: the largest difference from Keras, for answers up to 1 in size.
    """
    return Target(
        convert=convert,
        open=Exported,
        tolerance=tolerance,
        forbidden=("keras", "tensorflow"),
        lacks=TENSORFLOW_ALONE,
        usage=USAGE,
        tools=("jax",),
        backend="jax",
    )


def convert(model: Servable, directory: Path) -> None:
    """Write `model.jax_export` into `directory`.

    Raises:
        Lacking: JAX cannot trace the model, or not with axes that are to stay open.
    """
    import jax  # pyright: ignore[reportMissingImports]

    scope = jax.export.SymbolicScope()
    feeds = {}
    for number, port in enumerate(model.inputs):
        sizes = [
            "batch" if axis == 0 else f"size{number}_{axis}" if size is None else str(size)
            for axis, size in enumerate(port.shape)
        ]
        shape = jax.export.symbolic_shape(", ".join(sizes), scope=scope)
        feeds[port.name] = jax.ShapeDtypeStruct(shape, port.dtype)
    with refusing("Keras cannot run it with JAX", *errors_of(model.model), reason=opening):
        model({name: array[:2] for name, array in model.samples.items()})
    known = (
        *(TypeError, IndexError, ValueError, NotImplementedError),  # its own are kinds of these
        jax.core.InconclusiveDimensionOperation,
    )
    # The file is given away: of the places in its source it keeps names of files alone.
    jax.config.update("jax_include_full_tracebacks_in_locations", False)
    jax.config.update("jax_hlo_source_file_canonicalization_regex", r".*[\\/]")
    with refusing("JAX cannot export it", *known):
        exported = jax.export.export(jax.jit(lambda feeds: model(feeds)))(feeds)
    (directory / FILE).write_bytes(exported.serialize())


class Exported:
    """Exported StableHLO, answered by JAX alone."""

    batch = None

    def __init__(self, directory: Path):
        """Load `model.jax_export` in `directory`."""
        import jax  # pyright: ignore[reportMissingImports]

        exported = jax.export.deserialize(bytearray((directory / FILE).read_bytes()))
        (self._feeds,), _ = jax.tree.unflatten(exported.in_tree, exported.in_avals)
        self._answer = jax.jit(exported.call)
        self.inputs = _ports(self._feeds)
        self.outputs = _ports(jax.tree.unflatten(exported.out_tree, exported.out_avals))

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one batch of samples."""
        import numpy as np

        ready = {name: feeds[name].astype(known.dtype) for name, known in self._feeds.items()}
        return {name: np.asarray(value) for name, value in self._answer(ready).items()}


def _ports(tensors: Mapping[str, Any]) -> tuple[Port, ...]:
    return tuple(
        Port(
            name,
            tuple(size if isinstance(size, int) else None for size in tensor.shape),
            str(tensor.dtype),
        )
        for name, tensor in sorted(tensors.items())
    )
