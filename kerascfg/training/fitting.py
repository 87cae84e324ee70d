"""Do a model's outputs fit the targets it shall learn? Keras broadcasts what does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import Problem
from kerascfg.naming import split_node
from kerascfg.training.objectives import is_by_output


def check_outputs(model: Any, data: Any, loss: Any) -> list[Problem]:
    """Compare the shapes of outputs and targets, before the first step.

    Args:
        model: the built model.
        data: the data set.
        loss: the group `loss`; losses of a user's own package are left to it.

    Returns:
        Outputs that a loss of Keras would stretch over a target of another shape, and sparse
        losses with fewer outputs than there are classes.
    """
    named = model.output if isinstance(model.output, Mapping) else None
    problems = []
    for target, spec in data.targets.items():
        output = named.get(target) if named else model.output
        node = loss.get(target) if is_by_output(loss) else loss
        parts = split_node(node) if node is not None else None
        if output is None or parts is None or "." in parts[0].removeprefix("keras.losses."):
            continue
        shape = tuple(output.shape)[1:]
        where = f"the output `{target}`" if named else "the model's output"
        if parts[0].rpartition(".")[2].startswith("Sparse"):
            problems += _check_classes(shape, len(data.class_names.get(target, ())), where)
        elif not _same(shape, tuple(spec.shape)) and "CTC" not in parts[0]:
            problems.append(
                Problem(
                    "loss",
                    f"expected {where} to have its target's shape {_spell(spec.shape)}, which "
                    f"{parts[0]} compares it with. Received: {_spell(shape)}",
                    hint="the head's units, the task (task=classification, regression, binary) "
                    "or data.target do not fit each other",
                )
            )
    return problems


def _check_classes(shape: tuple[Any, ...], classes: int, where: str) -> list[Problem]:
    if not shape or shape[-1] is None or classes <= shape[-1]:
        return []
    return [
        Problem(
            "model.layers",
            f"expected {where} to have a place for each of {classes} classes. "
            f"Received: {_spell(shape)}",
            hint="units: $data.classes",
        )
    ]


def _same(output: tuple[Any, ...], target: tuple[Any, ...]) -> bool:
    if output in ((), (1,)) and target in ((), (1,)):
        return True
    return len(output) == len(target) and all(
        a is None or b is None or a == b for a, b in zip(output, target, strict=True)
    )


def _spell(shape: Any) -> str:
    return "(" + ", ".join("any" if size is None else str(size) for size in shape) + ")"
