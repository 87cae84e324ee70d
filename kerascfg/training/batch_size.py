"""`data.batch_size: auto`: the largest power of two with which a training step fits into memory.

On a GPU steps are tried with ever larger batches until one runs out of memory. A processor's memory
does not run out with an error but with the end of the process: there it is measured what a batch
took, and none is tried that would need more than half of what was free.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from kerascfg.errors import RunError

_FIRST = 32


@dataclass(frozen=True)
class Found:
    """The largest batch that fits.

    Attributes:
        batch_size: its size, a power of two.
        reason: why it is not the next one, in words for the user.
    """

    batch_size: int
    reason: str


def largest_batch(
    fits: Callable[[int], bool],
    rows: int,
    allowed: int | None,
    peak: Callable[[], int] | None = None,
) -> Found:
    """Find the largest power of two with which a step fits.

    Args:
        fits: takes a training step with a batch of that size, and tells whether memory sufficed
            (as `step_fits` does).
        rows: training samples, which a batch does not exceed.
        allowed: bytes that steps may take, beyond what the first takes; None leaves it to `fits`.
        peak: the most memory in bytes that was in use until now; by default this process's.

    Raises:
        RunError: not even one sample fits.
    """
    peak = peak or peak_memory
    size = min(_FIRST, 1 << (rows.bit_length() - 1))
    largest = size
    while not fits(size):
        if size == 1:
            raise RunError("data.batch_size: auto: a step with one sample runs out of memory")
        size //= 2
    if size < largest:
        return Found(size, f"{2 * size} ran out of memory")
    first = peak()
    while 2 * size <= rows:
        needed = 2 * (peak() - first)
        if allowed is not None and needed > allowed:
            took, most = (f"{number / 2**20:,.0f} MB" for number in (needed, allowed))
            return Found(size, f"{2 * size} would need about {took}, more than {most}")
        if not fits(2 * size):
            return Found(size, f"{2 * size} ran out of memory")
        size *= 2
    return Found(size, f"there are {rows:,} training samples")


def peak_memory() -> int:
    """Return the most memory in bytes that this process has had; 0 where the system has no word."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
