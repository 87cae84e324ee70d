"""Where a target's artefact starts and ends: the ways to divide a model, and how that is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from kerascfg.model import POSTPROCESS, PREPROCESS, Division, divide, part_nodes

if TYPE_CHECKING:
    import keras


def divisions(model: keras.Model, lacks: Collection[str]) -> Iterator[Division]:
    """Yield the ways to divide a model for a format, the one first that leaves most inside.

    The first goes by what the format is known to lack. It may lack more, which its converter tells:
    then `postprocess` is left outside, then `preprocess`, then both.

    Args:
        model: the model of a run.
        lacks: names of classes of layers that the format cannot hold.
    """
    known = part_nodes(model, PREPROCESS, lacks)
    behind = bool(part_nodes(model, POSTPROCESS, lacks))
    yielded: list[tuple[set[str], set[str]]] = []
    for nodes in (known, part_nodes(model, PREPROCESS)):
        for ends_early in (behind, True):
            division = divide(model, nodes, behind=ends_early)
            ways = (set(division.starts), set(division.ends))
            if ways not in yielded:
                yielded.append(ways)
                yield division


def described(division: Division, refusal: str | None) -> list[str]:
    """Say where an artefact starts and ends, and by which files it is the whole model.

    Args:
        division: what it holds.
        refusal: why the format cannot hold more, where its converter told; None where it is known.
    """
    because = f"; of the rest: {refusal}" if refusal else ""
    notes = []
    if division.starts:
        notes.append(
            f"starts behind {nodes_text(division.starts)}: give it what preprocess.py makes of "
            f"raw records{because}"
        )
    if division.ends:
        notes.append(
            f"ends before {nodes_text(division.ends)}: postprocess.py makes the answers of what it "
            f"returns{because}"
        )
    return notes


def nodes_text(nodes: Mapping[str, str]) -> str:
    """Spell nodes: `words` (TextVectorization), `town` (StringLookup)."""
    return ", ".join(f"`{name}` ({kind})" for name, kind in nodes.items())
