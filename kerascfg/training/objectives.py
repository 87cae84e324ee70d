"""Losses and metrics: one node for one output, or a mapping from outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import Problem, unknown_key
from kerascfg.naming import build_node, check_node, kind_of


def check_objectives(loss: Any, metrics: Any, outputs: tuple[str, ...] | None) -> list[Problem]:
    """Return what is wrong with the groups `loss` and `metrics`.

    Args:
        loss: a node, or output -> node.
        metrics: name -> node, or output -> (name -> node).
        outputs: names of the model's outputs, where they are known.
    """
    if loss is None:
        problems = [
            Problem(
                "loss",
                "required, but not given",
                hint="a task brings head activation, loss and metrics that belong together",
                fix="task=classification",
            )
        ]
    elif is_by_output(loss):
        problems = _check_outputs(loss, outputs, "loss")
        for name, node in loss.items():
            problems += check_node(node, "loss", f"loss.{name}")
    else:
        problems = check_node(loss, "loss", "loss")
        if outputs is not None and len(outputs) > 1:
            names = ", ".join(outputs)
            problems.append(Problem("loss", f"expected a mapping from outputs ({names}) to losses"))
    if metrics is None:
        return problems
    if not isinstance(metrics, Mapping):
        message = f"expected a mapping `name: metric`. Received: {metrics!r}"
        return [*problems, Problem("metrics", message)]
    by_output = outputs is not None and len(outputs) > 1
    if by_output:
        problems += _check_outputs(metrics, outputs, "metrics")
    for name, node in metrics.items():
        if isinstance(node, Mapping) and not kind_of(node) and "type" not in node:
            for inner, metric in node.items():
                problems += check_node(metric, "metric", f"metrics.{name}.{inner}")
        elif node is not None:
            problems += check_node(node, "metric", f"metrics.{name}")
    return problems


def build_loss(loss: Any, scope: Mapping[str, Any]) -> Any:
    """Make the loss, or the losses by output."""
    if is_by_output(loss):
        return {
            name: build_node(node, "loss", f"loss.{name}", scope) for name, node in loss.items()
        }
    return build_node(loss, "loss", "loss", scope)


def build_metrics(metrics: Any, scope: Mapping[str, Any]) -> Any:
    """Make the metrics, as a list, or as lists by output; each is named by its key."""
    found = {name: node for name, node in (metrics or {}).items() if node is not None}
    if any(isinstance(node, Mapping) and not kind_of(node) for node in found.values()):
        return {
            output: [
                build_node(node, "metric", f"metrics.{output}.{name}", scope, name=name)
                for name, node in nodes.items()
            ]
            for output, nodes in found.items()
        }
    return [
        build_node(node, "metric", f"metrics.{name}", scope, name=name)
        for name, node in found.items()
    ]


def is_by_output(loss: Any) -> bool:
    """Tell whether a loss is a mapping from outputs rather than one node."""
    return isinstance(loss, Mapping) and kind_of(loss) is None and "type" not in loss


def _check_outputs(
    given: Mapping[str, Any], outputs: tuple[str, ...] | None, path: str
) -> list[Problem]:
    if outputs is None:
        return []
    return [
        unknown_key(path, str(name), outputs, "an output of the model")
        for name in given
        if name not in outputs
    ]
