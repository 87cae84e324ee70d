"""Does a loss fit what the model gives? Keras takes logits for probabilities without a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from kerascfg.errors import Problem, override, unknown_key
from kerascfg.naming import Found, find, split_node
from kerascfg.training.objectives import is_by_output

_PROBABILITIES = frozenset({"softmax", "sigmoid", "hard_sigmoid"})


class Head(Protocol):
    """What an output gives, as the model room describes it."""

    @property
    def path(self) -> str:
        """Path of the node that shapes it."""
        ...

    @property
    def activation(self) -> str | None:
        """Name of the last activation, None where that is not known."""
        ...

    @property
    def size(self) -> int | None:
        """Size of the last axis, None where that is not known."""
        ...


def check_heads(loss: Any, metrics: Any, heads: Mapping[str, Head], classes: Any) -> list[Problem]:
    """Return the losses that do not fit their outputs, and outputs that nothing looks at.

    Args:
        loss: the group `loss`, without problems.
        metrics: the group `metrics`, without problems.
        heads: output -> what it gives.
        classes: the number of classes where the config states it.
    """
    if not is_by_output(loss):
        if len(heads) != 1:
            return []
        ((_, head),) = heads.items()
        return _check(loss, head, classes, "loss")
    problems = []
    if heads and not any(loss.values()):
        problems.append(Problem("loss", "expected a loss for one output at least"))
    problems += [
        unknown_key("loss", str(key), heads, "an output of the model", loss[key])
        for key in loss
        if heads and not any(_belongs(key, name) for name in heads)
    ]
    if problems:
        return problems
    for name, head in heads.items():
        if loss.get(name) is not None:
            problems += _check(loss[name], head, classes, f"loss.{name}")
        elif not any(_belongs(key, name) for key in (*loss, *_with_value(metrics))):
            message = f"expected a loss or a metric for the output {name}, or null for neither"
            problems.append(Problem(f"loss.{name}", message, fix=f"loss.{name}=null"))
    return problems


def _belongs(key: Any, output: str) -> bool:
    """Tell whether a key of a loss names an output, or one of several that a block gives."""
    name = output.replace(".", "_")
    return key in (output, name) or str(key).startswith(f"{name}_")


def _with_value(metrics: Any) -> list[Any]:
    return [key for key, node in (metrics or {}).items() if node]


def _check(loss: Any, head: Head, classes: Any, path: str) -> list[Problem]:
    name, arguments = split_node(loss) or ("", {})
    found = find(name, "loss", path)
    if not isinstance(found, Found) or not found.module.startswith("keras."):
        return []
    if "from_logits" not in found.signature.arguments:
        return []
    logits = arguments.get("from_logits", False)
    problems = []
    at = f"{path}.from_logits" if "from_logits" in arguments else path
    if logits is True and head.activation in _PROBABILITIES:
        problems.append(
            Problem(
                at,
                f"expected an output without activation, since from_logits is true. Received: "
                f"{head.activation} of {head.path}",
                fix=override(f"{path}.from_logits", False),
            )
        )
    if logits is False and head.activation == "linear":
        problems.append(
            Problem(
                at,
                f"expected probabilities for {found.name}. Received: the output of {head.path}, "
                "which has no activation",
                hint="a softmax or sigmoid there would do as well",
                fix=override(f"{path}.from_logits", True),
            )
        )
    return problems + _check_size(found.name, head, classes, path)


def _check_size(loss: str, head: Head, classes: Any, path: str) -> list[Problem]:
    binary = loss.lower().startswith("binary")
    if binary and head.activation == "softmax" and isinstance(classes, int) and classes > 2:
        message = f"expected a loss for {classes} classes that exclude each other"
        fix = override(f"{path}.type", "SparseCategoricalCrossentropy")
        return [Problem(path, f"{message}. Received: {loss}", fix=fix)]
    if head.size is None or (binary and head.activation != "softmax"):
        return []
    if head.size == 1:
        message = "expected a value for each class, since softmax over a single one is always 1"
        if not binary and head.activation != "softmax":
            message = f"expected a value for each class, for {loss}"
        return [Problem(head.path, f"{message}. Received: 1", hint="for two classes: task=binary")]
    if not binary and isinstance(classes, int) and head.size < classes:
        message = f"expected a value for each of the {classes} classes of data.classes"
        return [Problem(head.path, f"{message}. Received: {head.size}")]
    return []
