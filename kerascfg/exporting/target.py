"""What a target is: how a model becomes an artefact, and how that artefact is run.

A new target is one file with one function that returns a `Target`, one line in the table of
`kerascfg.exporting.targets`, and its YAML. The function's keyword arguments are the schema of its
node. Its module imports nothing heavy at the top: `convert` runs in a process with Keras, `open`
in one in which the packages of `forbidden` cannot be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from kerascfg import naming
from kerascfg.errors import ConfigError, Problem

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.delivery import Port
    from kerascfg.exporting.servable import Servable


TENSORFLOW_ALONE = (
    *("ClassNames", "DecodeAudio", "DecodeImage", "TextVectorization", "StringLookup"),
    *("IntegerLookup", "Hashing", "HashedCrossing"),
)
"""Layers made of TensorFlow's operations, whatever the backend of Keras."""


class Refused(Exception):  # noqa: N818 - it is an answer, not an error
    """The target cannot deliver this model, or cannot work here; the message is the true reason."""


class Lacking(Refused):
    """The format lacks something that the model holds: less of the model may fit.

    `convert` is called again with less of it then; any other `Refused` is final.
    """


class Artefact(Protocol):
    """An artefact, opened in its own runtime."""

    @property
    def inputs(self) -> tuple[Port, ...]:
        """What it takes, under its own names; None in a shape is an open axis."""
        ...

    @property
    def outputs(self) -> tuple[Port, ...]:
        """What it returns, likewise."""
        ...

    @property
    def batch(self) -> int | None:
        """The number of samples in every call, or None where any number is fine."""
        ...

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one batch of samples."""
        ...


@runtime_checkable
class TimesItself(Protocol):
    """An artefact in another program: what is timed there is without the way there."""

    @property
    def load_ms(self) -> float:
        """How long runtime and model took to load."""
        ...

    def milliseconds(self, feeds: Mapping[str, np.ndarray], times: int) -> list[float]:
        """Time so many calls, fewer where they are slow, after some to warm up."""
        ...


@runtime_checkable
class Closes(Protocol):
    """An artefact that holds what has to be given back: a process, say."""

    def close(self) -> None:
        """Give it back; nothing can be asked afterwards."""
        ...


@dataclass(frozen=True)
class Target:
    """One way to deliver a model.

    Attributes:
        convert: writes the artefact into an empty directory and returns what its user has to know,
            if anything; raises `Lacking` where the format lacks something that the model holds, and
            `Refused` where less of the model would change nothing.
        open: opens what `convert` wrote, given that directory.
        tolerance: the largest difference from Keras, absolute for answers up to 1 in size and
            relative to the sample's largest answer beyond.
        open_with: likewise with a number of threads, to time it; None where the runtime takes none.
        forbidden: top-level packages that cannot be imported where the artefact runs.
        requires: packages that must be importable, with the name to install each by.
        timed: whether what `open` opens is what runs it in the field, so that its time says
            something.
        quantize: how weights or activations were reduced, or None.
        max_drop: how much worse the metric may be than Keras's, None where that is not asked.
        tolerance_reason: why the tolerance is what it is by default, for the manifest.
        usage: how the artefact is loaded, a line or two of code for the model card, with paths
            relative to its folder.
        usage_language: what that code is in, as Markdown names it.
        lacks: names of classes of layers that the format cannot hold. Where `preprocess` has one,
            the artefact starts behind it; where `postprocess` has one, it ends before that.
        programs: functions that find what else is needed (a browser, say) and raise `Refused` where
            it is not here.
        tools: names of the tool environments (`kerascfg.exporting.tools`) that its processes need.
        backend: the backend of Keras that `convert` is called with. What is compared with is
            answered by TensorFlow's in any case: the model was trained with it.
    """

    convert: Callable[[Servable, Path], Sequence[str] | None]
    open: Callable[[Path], Artefact]
    tolerance: float
    open_with: Callable[[Path, int], Artefact] | None = None
    forbidden: tuple[str, ...] = ()
    requires: Mapping[str, str] = field(default_factory=dict)
    timed: bool = True
    quantize: str | None = None
    max_drop: float | None = None
    tolerance_reason: str = "float32 sums in another order"
    usage: str = ""
    usage_language: str = "python"
    lacks: tuple[str, ...] = ()
    programs: tuple[Callable[[], object], ...] = ()
    tools: tuple[str, ...] = ()
    backend: Literal["tensorflow", "torch", "jax"] = "tensorflow"


def build_target(node: object, path: str) -> Target:
    """Make the target that a node describes.

    Raises:
        ConfigError: unknown name, wrong argument, or a function that returns no `Target`.
    """
    target = naming.build_node(node, "target", path)
    if not isinstance(target, Target):
        expected = "expected a function that returns a kerascfg.exporting.Target"
        raise ConfigError(Problem(path, f"{expected}. Received: {type(target).__name__}"))
    return target
