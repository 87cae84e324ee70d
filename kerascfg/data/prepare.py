"""What is done to batches before a model sees them: a function with the specs of what it returns.

The graph of `model.preprocess` and that of `data.target` come as such functions; this package knows
nothing of graphs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kerascfg.data.table import TensorSpec


@dataclass(frozen=True, eq=False)
class Prepare:
    """A function over batches.

    Attributes:
        function: a batch, name -> tensor `(batch, ...)` -> the prepared tensors, named as in
            `specs`. It runs inside `tf.data`, on the CPU, and must give the same sample the same
            result in any batch.
        specs: name -> spec of one sample of what it returns.
        class_names: names of the classes of those targets among them that have classes.
    """

    function: Callable[[dict[str, Any]], Mapping[str, Any]]
    specs: Mapping[str, TensorSpec]
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the function makes of a batch, held to the specs."""
        import tensorflow as tf

        made = self.function(dict(batch))
        size = next(iter(batch.values())).shape[0]
        return {
            name: tf.ensure_shape(made[name], (size, *spec.shape))
            for name, spec in self.specs.items()
        }


@dataclass(frozen=True, eq=False)
class Augment:
    """What is done to training batches only, after they were kept.

    Attributes:
        function: a batch of features and targets by name, and the number of its step since the
            first of the first epoch -> the tensors that replace some of them, in shape and dtype
            alike. It depends on nothing else, so that the same step gives the same batch.
    """

    function: Callable[[Mapping[str, Any], Any], Mapping[str, Any]]

    def __call__(
        self, step: Any, x: Mapping[str, Any], y: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return features and targets of a batch, augmented."""
        made = self.function({**y, **x}, step)
        return (
            {name: made.get(name, value) for name, value in x.items()},
            {name: made.get(name, value) for name, value in y.items()},
        )
