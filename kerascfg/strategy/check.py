"""Check the group `strategy` without asking for devices."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from kerascfg.errors import Problem
from kerascfg.naming import check_node, split_node
from kerascfg.strategy.devices import no_float16
from kerascfg.strategy.jax_devices import check_jax
from kerascfg.strategy.layouts import check_layout
from kerascfg.strategy.multi_worker import check_launch, launched_as

ON_JAX = ("data_parallel", "model_parallel", "multi_worker", "tpu")
"""The strategies that train with Keras's JAX backend."""
_COUNTS = ("logical_devices", "devices", "workers")
_CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")


def check_strategy(strategy: Any, batch_size: Any) -> list[Problem]:
    """Return what is wrong: the node, and a batch that the devices cannot share evenly."""
    problems = check_node(strategy, "strategy", "strategy")
    parts = split_node(strategy)
    if problems or parts is None:
        return problems
    name, arguments = parts
    for key in _COUNTS:
        if isinstance(arguments.get(key), int) and arguments[key] < 1:
            message = f"expected at least 1. Received: {arguments[key]}"
            problems.append(Problem(f"strategy.{key}", message))
    if arguments.get("devices") is not None and arguments.get("logical_devices") is not None:
        message = "expected either `devices`, which are GPUs, or `logical_devices`. Received: both"
        problems.append(Problem("strategy.devices", message, fix="strategy.devices=null"))
    if name in ON_JAX or arguments.get("backend") == "jax":
        problems += check_jax("strategy")
        if arguments.get("threads") is not None:
            message = "expected null where JAX trains, which takes all cores"
            problems.append(Problem("strategy.threads", message, fix="strategy.threads=null"))
    if name == "multi_worker":
        problems += check_launch(arguments.get("workers"), os.environ)
    if name == "model_parallel":
        problems += check_layout(arguments["mesh"], arguments["layout"])
    problems += _check_precision(name, arguments)
    problems += _check_jit(name, arguments)
    if not problems and (shares := _shares(name, arguments)):
        problems += check_shares(batch_size, shares)
    return problems


def check_shares(batch_size: Any, replicas: int) -> list[Problem]:
    """Return the problem of a batch that is not divisible by the number of devices.

    It is not made longer for them: BatchNormalization would see what makes up the difference.
    """
    if replicas < 2 or not isinstance(batch_size, int) or batch_size % replicas == 0:
        return []
    nearest = max(replicas, round(batch_size / replicas) * replicas)
    return [
        Problem(
            "data.batch_size",
            f"expected a multiple of {replicas}, so that the devices share it evenly. "
            f"Received: {batch_size}",
            fix=f"data.batch_size={nearest}",
        )
    ]


def check_steps(name: str, replicas: int | None, optimizers: Mapping[str, Any]) -> list[Problem]:
    """Return what of an optimizer several replicas of TensorFlow do otherwise than one device.

    Keras 3.15 clips each replica's gradients before they are added, which trains another model
    without a word, and cannot accumulate gradients there.

    Args:
        name: the strategy's name.
        replicas: how many replicas there are, None where that is not known yet.
        optimizers: where each optimizer stands -> its node.
    """
    if name != "mirrored" or (replicas is not None and replicas < 2):
        return []
    problems = []
    for path, node in optimizers.items():
        arguments = node if isinstance(node, Mapping) else {}
        for key in _CLIPS:
            if arguments.get(key) is not None:
                message = "expected null on several devices of TensorFlow, each of which clips its "
                message += f"own gradients. Received: {arguments[key]}"
                hint = "strategy=data_parallel clips what they have added, as one device does"
                problems.append(Problem(f"{path}.{key}", message, hint=hint, fix=f"~{path}.{key}"))
        if (arguments.get("gradient_accumulation_steps") or 1) > 1:
            at = f"{path}.gradient_accumulation_steps"
            message = "expected null on several devices of TensorFlow, where Keras cannot do it"
            hint = "strategy=data_parallel can"
            problems.append(Problem(at, message, hint=hint, fix=f"~{at}"))
    return problems


def _shares(name: str, arguments: Mapping[str, Any]) -> int | None:
    """Return by how many devices a batch is shared, None where only they would tell."""
    logical = arguments.get("logical_devices")
    match name:
        case "mirrored" | "data_parallel":
            return logical or arguments.get("devices")
        case "model_parallel":
            return next(iter(arguments["mesh"].values()))
        case "multi_worker":
            place = launched_as(os.environ)
            return (place.count if place else arguments["workers"]) * (logical or 1)
        case _:
            return None


def _check_precision(name: str, arguments: Mapping[str, Any]) -> list[Problem]:
    """Refuse float16 on the processor."""
    on_processor = name == "cpu" or arguments.get("logical_devices") is not None
    if arguments.get("precision") != "float16" or not on_processor:
        return []
    return [no_float16()]


def _check_jit(name: str, arguments: Mapping[str, Any]) -> list[Problem]:
    """Refuse XLA on mirrored devices, where Keras cannot compile a step."""
    if name != "mirrored" or arguments.get("jit") is not True:
        return []
    message = "expected auto or false, since XLA cannot compile a step over mirrored devices"
    hint = "strategy=data_parallel compiles it"
    return [
        Problem("strategy.jit", f"{message}. Received: true", hint=hint, fix="strategy.jit=auto")
    ]
