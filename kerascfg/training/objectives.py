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
            if node is not None:
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
    """Make the loss, or the losses by output; None stands for no loss."""
    if is_by_output(loss):
        return {
            name: None if node is None else build_node(node, "loss", f"loss.{name}", scope)
            for name, node in loss.items()
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


def check_loss_weights(weights: Any, loss: Any) -> list[Problem]:
    """Return what is wrong with `loss_weights`.

    Args:
        weights: output -> number, or None.
        loss: the group `loss`, whose outputs they weigh.
    """
    if weights is None:
        return []
    if not isinstance(weights, Mapping):
        message = f"expected a mapping `output: number`. Received: {weights!r}"
        return [Problem("loss_weights", message)]
    if not is_by_output(loss):
        return [
            Problem(
                "loss_weights",
                "expected it only beside a `loss` that is a mapping from outputs",
                fix="~loss_weights",
            )
        ]
    with_loss = [str(name) for name, node in loss.items() if node is not None]
    problems = []
    for name, weight in weights.items():
        if name not in with_loss:
            what = "an output with a loss"
            problems.append(unknown_key("loss_weights", str(name), with_loss, what, weight))
        elif isinstance(weight, bool) or not isinstance(weight, int | float):
            message = f"expected a number. Received: {weight!r}"
            problems.append(Problem(f"loss_weights.{name}", message))
    return problems


def objectives_of(
    config: Mapping[str, Any], scope: Mapping[str, Any], outputs: list[str] | None
) -> dict[str, Any]:
    """Return what `compile` is told of losses and metrics.

    The metrics are weighted, since the last batch of an epoch is filled up with samples of
    weight 0.

    Args:
        config: the whole config, for `loss`, `loss_weights` and `metrics`.
        scope: values of the names in expressions.
        outputs: names of the model's outputs, or None where it has only one.
    """
    loss = build_loss(config["loss"], scope)
    weights = config.get("loss_weights")
    if isinstance(loss, dict):
        loss = {name: loss.get(name) for name in outputs or loss}
        if weights is not None:
            weights = {name: weights.get(name, 1.0) for name, made in loss.items() if made}
    metrics = build_metrics(config.get("metrics"), scope)
    return {"loss": loss, "loss_weights": weights, "weighted_metrics": metrics}


def observed_outputs(config: Mapping[str, Any], outputs: list[str]) -> list[str]:
    """Return the outputs that a loss or a metric compares with a target."""
    loss, metrics = config["loss"], config.get("metrics") or {}
    observed = loss if is_by_output(loss) else dict.fromkeys(outputs, loss)
    return [n for n in outputs if observed.get(n) is not None or metrics.get(n) is not None]


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
