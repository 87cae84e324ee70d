"""What all pictures share: a figure without state, its colours, and how it becomes a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kerascfg.runs.atomic import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, MUTED, GRID = "#1f2933", "#616e7c", "#e4e7eb"


def new_figure(width: float, height: float, apart: float = 0.12) -> Figure:
    """Make a figure by itself: no window, and no state shared with the user's own plots.

    Args:
        width: in inches.
        height: in inches.
        apart: inches above and below each panel.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=apart, wspace=0.04, hspace=apart / 3)
    figure = Figure(figsize=(width, height), layout=layout, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure, file: Path) -> Path:
    """Write a figure, whole or not at all; the suffix of `file` says the format."""
    with replacing(file) as path:
        figure.savefig(path, dpi=150, bbox_inches="tight", pad_inches=0.12)
    return file


def shortened(name: str, limit: int = 18) -> str:
    """Return a name that fits beside or below what it names, without TeX in it."""
    short = name if len(name) <= limit else name[: limit - 1] + "…"
    return short.replace("$", r"\$")
