"""Series: windows of several lines over time, and the target behind each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import printable
from kerascfg.look.examples import Examples
from kerascfg.runs import GRID, INK, MUTED, new_figure, save_figure, shortened

if TYPE_CHECKING:
    import numpy as np

_COLUMNS, _MOST, _LINES = 4, 12, 8


def draw_series(examples: Examples, name: str, file: Path) -> Path:
    """Draw some windows.

    Args:
        examples: the samples.
        name: the feature, of shape `(steps, lines)`.
        file: where to write.
    """
    import numpy as np

    windows = examples.features[name]
    each = max(1, _MOST // max(len(examples.groups), 1))
    chosen = [(group, at) for group in examples.groups for at in group.positions[:each]][:_MOST]
    lines = min(windows.shape[2], _LINES)
    low, high = np.nanmin(windows, axis=(0, 1)), np.nanmax(windows, axis=(0, 1))
    spans = np.maximum(high - low, 1e-12)[:lines]
    scaled = bool(spans.max() > 20 * spans.min())
    shown = (windows - low) / np.maximum(high - low, 1e-12) if scaled else windows
    following = None if scaled else _following(examples, windows.shape[1])
    rows = -(-len(chosen) // _COLUMNS)
    columns = min(_COLUMNS, len(chosen))
    figure = new_figure(2.6 * columns, 1.7 * rows + 0.9)
    first: Any = None
    for place, (group, at) in enumerate(chosen):
        axes = figure.add_subplot(rows, columns, place + 1, sharey=first)
        first = first or axes
        _draw_window(axes, shown[at][:, :lines], None if following is None else following[at])
        label = group.label.split("\n")[0] if examples.classes else _value_of(examples, at)
        axes.set_title(shortened(printable(label), 26), loc="left", fontsize=8, color=INK)
    handles, labels = first.get_legend_handles_labels()
    if len(labels) > 1:
        place = {"loc": "outside lower left", "ncols": min(5, len(labels))}
        figure.legend(handles, labels, frameon=False, fontsize=8, labelcolor=INK, **place)
    sizes = ", ".join(f"{size:,} {split}" for split, size in examples.sizes.items())
    more = f", {lines} of {windows.shape[2]} lines" if lines < windows.shape[2] else ""
    how = "each line in its own range" if scaled else "in the data's units"
    title = f"{shortened(printable(name), 40)}: {sizes}\n{windows.shape[1]} steps{more}; {how}"
    figure.suptitle(title, x=0.01, ha="left", fontsize=9, color=INK)
    return save_figure(figure, file)


def _draw_window(axes: Any, window: np.ndarray, following: np.ndarray | None) -> None:
    from matplotlib.ticker import MaxNLocator

    for line in range(window.shape[1]):
        axes.plot(window[:, line], linewidth=1.1, label=f"line {line}")
    if following is not None:
        steps = range(len(window), len(window) + len(following))
        axes.plot(steps, following, "o", markersize=2.5, color=INK, label="target")
        axes.axvline(len(window) - 0.5, color=GRID, linewidth=1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    axes.tick_params(length=0, labelsize=7, colors=MUTED)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(GRID)


def _following(examples: Examples, steps: int) -> np.ndarray | None:
    """Return the target `(samples, horizon)` of windows that are followed by what they foretell."""
    for name, values in examples.targets.items():
        if values.dtype.kind == "f" and name not in examples.class_names:
            flat = values.reshape(len(values), -1)
            return flat if flat.shape[1] <= 4 * steps else None
    return None


def _value_of(examples: Examples, at: int) -> str:
    for name, values in examples.targets.items():
        if values.size == len(values) and values.dtype.kind in "iuf":
            return f"{name} {values.reshape(-1)[at]:.4g}"
    return ""
