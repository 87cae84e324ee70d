"""The picture of what is delivered: size against latency, coloured by the metric."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerascfg.runs import GRID, INK, MUTED, new_figure, save_figure, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kerascfg.exporting.delivery import Delivery

CHART = "deliveries.png"
_APART = 13.0
"""Points between two labels, which is a line of their text."""


def draw_deliveries(directory: Path, deliveries: Sequence[Delivery]) -> Path | None:
    """Draw `deliveries.png` into `exports/`; none where nothing was delivered and timed."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    drawn = [each for each in deliveries if each.status == "delivered" and each.latency_ms]
    if not drawn:
        (directory / CHART).unlink(missing_ok=True)
        return None
    figure = new_figure(8.0, 5.0)
    axes = figure.add_subplot()
    sizes = [max(each.size_bytes, 1) / 1000 for each in drawn]
    times = [(each.latency_ms or {})["p50"] for each in drawn]
    metrics = [each.metric for each in drawn]
    known = [value for value in metrics if value is not None]
    points = {"s": 90, "edgecolors": INK, "linewidths": 0.8, "zorder": 3}
    plain = [place for place, value in enumerate(metrics) if value is None]
    coloured = [place for place, value in enumerate(metrics) if value is not None]
    axes.scatter([sizes[i] for i in plain], [times[i] for i in plain], c="white", **points)
    if coloured:
        low, high = min(known), max(known)
        room = 0.0 if high - low > 1e-6 else 0.005
        shown = axes.scatter(
            [sizes[i] for i in coloured],
            [times[i] for i in coloured],
            c=known,
            cmap="viridis",
            vmin=low - room,
            vmax=high + room,
            **points,
        )
        bar = figure.colorbar(shown, ax=axes, pad=0.02)
        name = next(each.metric_name for each in drawn if each.metric_name)
        bar.set_label(name.replace("_", " "), color=INK)
        bar.outline.set_visible(False)  # type: ignore[operator]
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.margins(0.18)
    _label(axes, list(zip(sizes, times, (each.target for each in drawn), strict=True)))
    axes.set_xlabel("size, kB", color=INK)
    axes.set_ylabel("one sample, ms (median)", color=INK)
    axes.set_title("Deliveries: size against latency", loc="left", color=INK)
    axes.grid(True, which="major", color=GRID)
    axes.tick_params(which="both", colors=MUTED)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return save_figure(figure, directory / CHART)


def _label(axes: Axes, points: list[tuple[float, float, str]]) -> None:
    """Write names beside their points, upwards from one another where points lie close."""
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]
    taken: list[tuple[float, float]] = []
    for size, time, name in sorted(points, key=lambda point: point[1]):
        x, y = axes.transData.transform((size, time)) * 72 / axes.figure.dpi
        at = y
        while any(abs(x - left) < 90 and abs(at - low) < _APART for left, low in taken):
            at += _APART / 2
        taken.append((x, at))
        moved = at - y > _APART / 2
        axes.annotate(
            shortened(name, 24),
            (size, time),
            xytext=(22 if moved else 9, at - y),
            arrowprops={"arrowstyle": "-", "color": MUTED, "lw": 0.6} if moved else None,
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=INK,
        )
