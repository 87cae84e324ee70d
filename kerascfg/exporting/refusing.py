"""Converters that say no: which of their errors are an answer, and which line of them tells why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kerascfg.exporting.target import Lacking, Refused


def first_line(message: str) -> str:
    """Return the first line of a message that is not empty."""
    return next((line.strip() for line in message.splitlines() if line.strip()), "")


def opening(message: str) -> str:
    """Return the first lines of a message as one: Keras's first names the layer alone."""
    return " ".join(line.strip() for line in message.splitlines()[:4] if line.strip())


@contextmanager
def refusing(
    what: str, *known: type[Exception], reason: Callable[[str], str | None] = first_line
) -> Iterator[None]:
    """Make a converter's known errors a refusal; every other error stays the failure that it is.

    Args:
        what: what cannot be done, to stand before the reason; empty where the reason says it all.
        known: the errors by which the converter says that it cannot hold a model.
        reason: returns what an error's message tells; None where it is none of a model's fault,
            and stays a failure.

    Raises:
        Lacking: with that reason: a smaller part of the model may be held.
    """
    try:
        yield
    except Refused:
        raise
    except known as error:
        told = reason(str(error) or type(error).__name__)
        if told is None:
            raise
        raise Lacking(f"{what}: {told}" if what else told) from error
