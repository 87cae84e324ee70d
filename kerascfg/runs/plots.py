"""Pictures of a run: its learning curves and, for classification, the confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.runs.figures import GRID, INK, MUTED, new_figure, save_figure, shortened

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

TRAIN, VALIDATION = "#2f6fde", "#e8710a"
BLUES = ["#ffffff", "#d6e4fb", "#8db4f2", "#2f6fde", "#173f8a"]


def plot_history(history: Mapping[str, Sequence[float]], file: Path) -> Path:
    """Draw the learning curves: a panel for each metric, training and validation together.

    Args:
        history: name -> one value an epoch; `val_NAME` is the validation's side of `NAME`.
        file: where to write; the suffix says the format.
    """
    names = [name for name in history if not _is_validation(name, history)]
    names.sort(key=lambda name: (name != "loss", name == "learning_rate"))
    columns = 2 if len(names) == 4 else min(len(names), 3) or 1
    rows = math.ceil(len(names) / columns) or 1
    figure = new_figure(width=4.4 * columns, height=3.2 * rows)
    for place, name in enumerate(names):
        axes = figure.add_subplot(rows, columns, place + 1)
        _draw_panel(axes, name, history[name], history.get(f"val_{name}"))
    return save_figure(figure, file)


def plot_confusion(
    matrix: np.ndarray | Sequence, names: Sequence[str], file: Path, title: str = ""
) -> Path:
    """Draw a confusion matrix: counts, coloured by their share of the true class.

    Args:
        matrix: counts of shape `(classes, classes)`, true classes down, predicted ones across.
        names: the classes' names in that order.
        file: where to write; the suffix says the format.
        title: what stands before the share of correct answers.
    """
    import numpy as np
    from matplotlib.colors import PowerNorm

    counts = np.asarray(matrix)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    classes = len(counts)
    side = min(max(3.2, 1.6 + 0.42 * classes), 11)
    figure = new_figure(width=side + 0.6, height=side)
    axes = figure.add_subplot()
    image = axes.imshow(share, cmap=_blues(), norm=PowerNorm(0.5, vmin=0, vmax=1))
    _label_classes(axes, names)
    if classes <= 25:
        _write_counts(axes, counts, share, size=max(6.0, min(10.0, 130 / classes)))
    correct, total = int(np.trace(counts)), int(counts.sum())
    found = f"{correct:,} of {total:,} correct ({correct / max(total, 1):.1%})"
    found = f"{title}: {found}" if title else found
    axes.set_title(found, loc="left", fontsize=11, color=INK, pad=10, fontweight="bold")
    bar = figure.colorbar(image, ax=axes, fraction=0.046, pad=0.03)
    bar.set_ticks([0, 0.1, 0.5, 1], labels=["0%", "10%", "50%", "100%"])
    bar.ax.minorticks_off()
    bar.ax.tick_params(length=0, labelsize=8, labelcolor=MUTED)
    bar.set_label("share of the true class", fontsize=8.5, color=MUTED)
    bar.outline.set_visible(False)
    return save_figure(figure, file)


def _is_validation(name: str, history: Mapping[str, Any]) -> bool:
    return name.startswith("val_") and name.removeprefix("val_") in history


def _draw_panel(
    axes: Axes, name: str, train: Sequence[float], validation: Sequence[float] | None
) -> None:
    """Draw one metric over the epochs, which count from 1."""
    from matplotlib.ticker import MaxNLocator

    lines = [("training", train, TRAIN)]
    if validation is not None:
        lines.append(("validation", validation, VALIDATION))
    for label, values, colour in lines:
        marker = "o" if len(values) <= 12 else ""
        epochs = range(1, len(values) + 1)
        axes.plot(
            epochs, values, color=colour, label=label, linewidth=1.8, marker=marker, markersize=3.5
        )
    shown = [value for _, values, _ in lines for value in values if math.isfinite(value)]
    if not shown:
        axes.text(0.5, 0.5, "no finite value", transform=axes.transAxes, ha="center", color=MUTED)
        axes.set_yticks([])
    elif min(shown) > 0 and max(shown) > 100 * min(shown):
        axes.set_yscale("log")
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6))
    axes.set_title(name.replace("_", " "), loc="left", fontsize=11, color=INK, fontweight="bold")
    axes.set_xlabel("epoch", fontsize=9, color=MUTED)
    longest = max(len(values) for _, values, _ in lines)
    margin = max(0.03 * longest, 0.2)
    axes.set_xlim(1 - margin, longest + margin)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7, min_n_ticks=1))
    axes.minorticks_off()
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED, labelsize=8.5, length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(GRID)
    if len(lines) > 1:
        axes.legend(frameon=False, fontsize=8.5, labelcolor=INK, handlelength=1.4)


def _label_classes(axes: Axes, names: Sequence[str]) -> None:
    """Name rows and columns; of many classes only as many as can be read."""
    step = math.ceil(len(names) / 50)
    places = range(0, len(names), step)
    labels = [shortened(names[place]) for place in places]
    size = max(5.5, min(9.0, 180 / max(len(labels), 1)))
    letters = max((len(label) for label in labels), default=0)
    steep = letters * len(labels) > 45  # side by side they would touch
    axes.set_xticks(places, labels, fontsize=size, rotation=90 if steep else 0, color=INK)
    axes.set_yticks(places, labels, fontsize=size, color=INK)
    axes.set_xlabel("predicted", fontsize=9.5, color=MUTED, labelpad=6)
    axes.set_ylabel("true", fontsize=9.5, color=MUTED, labelpad=6)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_color(GRID)


def _write_counts(axes: Axes, counts: np.ndarray, share: np.ndarray, size: float) -> None:
    """Write each count into its cell; the empty cells stay empty, so that mistakes stand out."""
    for row, column in zip(*counts.nonzero(), strict=True):
        colour = "white" if share[row, column] > 0.35 else INK
        text = f"{counts[row, column]:g}"
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color=colour)


def _blues() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blues", BLUES)
