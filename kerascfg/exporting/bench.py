"""What an artefact costs where it runs: opening it, memory, the time of a call."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.target import TimesItself

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.target import Artefact, Target

BATCHES = (1, 8, 32)
"""Numbers of samples in a call that are timed, where the artefact takes any."""
_TIMED_CALLS = 50
_WARM_UP = 3
_FEWEST, _MOST_MS = 5, 2000
"""A call is timed so often at least, and no more once so much time was spent."""


def measure(target: Target, directory: Path, rows: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Open an artefact once more, its runtime being loaded, and time its calls.

    Args:
        target: opens it.
        directory: where it lies.
        rows: real samples, by input.

    Returns:
        `load_ms`, and `latency`: for each number of samples and of threads the entry `{"batch",
        "threads", "p50", "p95"}` in milliseconds a call. `threads` is None where the runtime
        chooses by itself. None and nothing, where what opens it here is not what runs it.
    """
    if not target.timed:
        return {"load_ms": None, "latency": []}
    began = time.perf_counter()
    artefact = target.open(directory)
    load_ms = 1000 * (time.perf_counter() - began)
    if isinstance(artefact, TimesItself):
        load_ms = artefact.load_ms
    if target.open_with is None:
        return {"load_ms": load_ms, "latency": _timed(artefact, rows, None)}
    latency = []
    for threads in dict.fromkeys((1, processors())):
        latency += _timed(target.open_with(directory, threads), rows, threads)
    return {"load_ms": load_ms, "latency": latency}


def _timed(
    artefact: Artefact, rows: Mapping[str, np.ndarray], threads: int | None
) -> list[dict[str, Any]]:
    import numpy as np

    entries = []
    for batch in BATCHES if artefact.batch is None else (artefact.batch,):
        fed = {
            name: np.take(array, range(batch), axis=0, mode="wrap") for name, array in rows.items()
        }
        if isinstance(artefact, TimesItself):
            times = np.array(artefact.milliseconds(fed, _TIMED_CALLS))
        else:
            times = np.array(milliseconds(lambda fed=fed: artefact(fed), _TIMED_CALLS))
        p50, p95 = (float(np.percentile(times, percent)) for percent in (50, 95))
        entries.append({"batch": batch, "threads": threads, "p50": p50, "p95": p95})
    return entries


def milliseconds(call: Callable[[], Any], times: int) -> list[float]:
    """Time a call, after some to warm up; a slow one fewer times than asked, but some."""
    for _ in range(_WARM_UP):
        call()
    measured: list[float] = []
    while len(measured) < times and (len(measured) < _FEWEST or sum(measured) < _MOST_MS):
        began = time.perf_counter()
        call()
        measured.append(1000 * (time.perf_counter() - began))
    return measured


def processors() -> int:
    """Return how many processors this process may use."""
    sched_getaffinity = getattr(os, "sched_getaffinity", None)
    return len(sched_getaffinity(0)) if sched_getaffinity else os.cpu_count() or 1


def resident_bytes() -> int | None:
    """Return the resident memory of this process and those it started; None where /proc lacks."""
    try:
        return sum(_resident(process) for process in _family(os.getpid()))
    except OSError:
        return None


def _family(process: int) -> list[int]:
    """Return a process and all that descend from it."""
    family = [process]
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        for child in tasks.read_text(encoding="ascii").split():
            family += _family(int(child))
    return family


def _resident(process: int) -> int:
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
