"""`strategy=multi_worker`: JAX, several processes on one or more machines share each batch.

One command on this machine starts all workers here. On several machines the same command runs on
each, with `KERAS_DISTRIBUTION_JOB_ADDRESSES`, `_NUM_PROCESSES` and `_PROCESS_ID` set (by hand, by
Ray, by Kubernetes) or under `srun`, whose variables say the same.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kerascfg.errors import ConfigError, Problem
from kerascfg.naming import split_node
from kerascfg.strategy.devices import Strategy, Workers
from kerascfg.strategy.jax_devices import jax_devices
from kerascfg.strategy.on_jax import strategy_of_jax


@dataclass(frozen=True)
class Place:
    """What a launcher says: which worker this machine is, of how many.

    Attributes:
        rank: the number of the worker.
        count: how many there are.
        address: `HOST:PORT` of the first; None where JAX finds it out, as under Slurm.
    """

    rank: int
    count: int
    address: str | None


def multi_worker(
    workers: int | None = None,
    logical_devices: int | None = None,
    precision: Literal["float32", "bfloat16", "float16"] = "float32",
    jit: Literal["auto"] | bool = "auto",
) -> Strategy:
    """Train in several processes, on this machine or on several, with Keras's JAX backend.

    Args:
        workers: how many processes this machine starts; left out, the launcher's variables say how
            many there are and which this one is.
        logical_devices: split each worker's processor into so many devices instead of using GPUs.
        precision: what layers compute in while training; variables stay float32.
        jit: whether XLA compiles the training step; JAX always does, unless this is false.

    Raises:
        ConfigError: nobody says how many workers there are, or two say different things.
        RunError: JAX does not start.
    """
    if problems := check_launch(workers, os.environ):
        raise ConfigError(problems)
    place = launched_as(os.environ)
    here = (place.rank,) if place else tuple(range(workers or 1))
    count = place.count if place else len(here)
    address = place.address if place else f"127.0.0.1:{_free_port()}"
    devices, kind = _devices(logical_devices, len(here))
    where = f"worker {place.rank} of {count}" if place else f"{count} workers on this machine"
    made = Workers(
        count=count,
        here=here,
        devices=devices,
        logical=logical_devices is not None or kind == _PROCESSOR,
        address=address,
        mesh={"batch": count * devices},
    )
    return strategy_of_jax("multi_worker", made, f"{where}, each on {kind}", precision, jit)


_PROCESSOR = "the processor"


def launched_as(environment: Mapping[str, str]) -> Place | None:
    """Read which worker this is, of how many, from a launcher's variables; None without any.

    Raises:
        ConfigError: the variables are not all there, or not whole numbers.
    """
    if "KERAS_DISTRIBUTION_PROCESS_ID" in environment:
        names = [f"KERAS_DISTRIBUTION_{name}" for name in ("PROCESS_ID", "NUM_PROCESSES")]
        first = environment.get("KERAS_DISTRIBUTION_JOB_ADDRESSES", "").split(",")[0]
        if not first:
            message = "expected KERAS_DISTRIBUTION_JOB_ADDRESSES=HOST:PORT beside _PROCESS_ID"
            raise ConfigError(Problem("strategy", message))
        return Place(*_numbers(environment, names), address=first)
    if environment.get("SLURM_NTASKS", "1") != "1" and "SLURM_PROCID" in environment:
        return Place(*_numbers(environment, ["SLURM_PROCID", "SLURM_NTASKS"]), address=None)
    return None


def check_launch(workers: int | None, environment: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with how many workers there shall be.

    Args:
        workers: how many the config has this machine start, or None.
        environment: the variables, a launcher's among them or not.
    """
    try:
        place = launched_as(environment)
    except ConfigError as error:
        return list(error.problems)
    if place is None and workers is None:
        message = "expected how many processes to start here, or a launcher's variables. "
        hint = "on several machines: KERAS_DISTRIBUTION_JOB_ADDRESSES, _NUM_PROCESSES and "
        hint += "_PROCESS_ID, or srun"
        fix = "strategy.workers=2"
        return [Problem("strategy.workers", f"{message}Received: neither", hint=hint, fix=fix)]
    if place is not None and workers not in (None, place.count):
        message = f"expected {place.count}, as the launcher's variables say. Received: {workers}"
        return [Problem("strategy.workers", message, fix="strategy.workers=null")]
    return []


def follows(strategy: Any) -> bool:
    """Tell whether this machine's worker is not the first: that one's machine writes the run.

    Raises:
        ConfigError: the launcher's variables are wrong.
    """
    name, _ = split_node(strategy) or ("", {})
    place = launched_as(os.environ) if name == "multi_worker" else None
    return place is not None and place.rank > 0


def _numbers(environment: Mapping[str, str], names: list[str]) -> tuple[int, int]:
    given = [environment.get(name) for name in names]
    if not all(text and text.isdigit() for text in given):
        said = ", ".join(f"{name}={text}" for name, text in zip(names, given, strict=True))
        raise ConfigError(Problem("strategy", f"expected whole numbers. Received: {said}"))
    rank, count = (int(text or 0) for text in given)
    if rank >= count:
        message = f"expected {names[0]} below {names[1]}. Received: {rank} of {count}"
        raise ConfigError(Problem("strategy", message))
    return rank, count


def _devices(logical_devices: int | None, here: int) -> tuple[int, str]:
    """Return how many devices each worker has, and what they are."""
    if logical_devices is not None:
        return logical_devices, f"its processor as {logical_devices} logical devices"
    gpus = [kind for platform, kind in jax_devices() if platform == "gpu"]
    if not gpus:
        return 1, _PROCESSOR
    if len(gpus) % here:
        message = f"expected workers that share {len(gpus)} GPUs evenly. Received: {here}"
        raise ConfigError(Problem("strategy.workers", message, fix="strategy.workers=1"))
    return len(gpus) // here, f"{len(gpus) // here} x {gpus[0]}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
