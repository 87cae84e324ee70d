"""Sounds: each a waveform over its spectrogram, one class a row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import printable
from kerascfg.look.examples import Examples
from kerascfg.runs import GRID, INK, MUTED, new_figure, save_figure, shortened

if TYPE_CHECKING:
    import numpy as np

_COLUMNS, _ROWS, _LINE = 4, 8, "#2f6fde"


def draw_sounds(examples: Examples, name: str, file: Path) -> Path:
    """Draw some sounds of each class.

    Args:
        examples: the samples.
        name: the feature, of shape `(samples,)` or `(samples, channels)`; the first channel is
            shown.
        file: where to write.
    """
    import numpy as np

    values = examples.features[name]
    sounds = values[..., 0] if values.ndim == 3 else values
    groups = examples.groups[:_ROWS]
    columns = min(_COLUMNS, max(len(group.positions) for group in groups))
    figure = new_figure(2.4 * columns + 0.6, 1.6 * len(groups) + 0.7, apart=0.03)
    grid = figure.add_gridspec(2 * len(groups), columns, height_ratios=[1, 1.3] * len(groups))
    loudest = max(float(np.abs(sounds).max()), 1e-9)
    for row, group in enumerate(groups):
        for column, position in enumerate(group.positions[:columns]):
            wave = figure.add_subplot(grid[2 * row, column])
            _draw_wave(wave, sounds[position], loudest)
            if column == 0:
                label, *count = group.label.split("\n")
                text = " ".join([shortened(printable(label), 30), *(f"({n})" for n in count)])
                wave.set_title(text, loc="left", fontsize=9, color=INK, fontweight="bold")
            _draw_spectrum(figure.add_subplot(grid[2 * row + 1, column]), sounds[position])
    sizes = ", ".join(f"{size:,} {split}" for split, size in examples.sizes.items())
    title = f"{shortened(printable(name), 40)}: {sizes}; {sounds.shape[1]:,} samples each"
    loud = "waveforms on one scale, spectrograms below (high tones above)"
    figure.suptitle(f"{title}\n{loud}", x=0.01, ha="left", fontsize=9, color=INK)
    return save_figure(figure, file)


def _draw_wave(axes: Any, sound: np.ndarray, loudest: float) -> None:
    axes.plot(sound, color=_LINE, linewidth=0.5)
    axes.set_xlim(0, len(sound))
    axes.set_ylim(-loudest, loudest)
    axes.set_xticks([])
    axes.set_yticks([0])
    axes.set_yticklabels([])
    _frame(axes)


def _draw_spectrum(axes: Any, sound: np.ndarray) -> None:
    """Draw the power of each tone over time, in decibels down to 80 below the greatest."""
    import numpy as np

    size = 256
    starts = np.arange(0, max(len(sound) - size, 1), max(size // 2, len(sound) // 400))
    frames = np.stack([np.pad(sound[s : s + size], (0, size))[:size] for s in starts])
    power = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2
    greatest = max(float(power.max()), 1e-12)
    decibels = 10 * np.log10(np.maximum(power / greatest, 1e-8))
    axes.imshow(decibels.T, origin="lower", aspect="auto", cmap="magma", vmin=-80, vmax=0)
    axes.set_xticks([])
    axes.set_yticks([])
    _frame(axes)


def _frame(axes: Any) -> None:
    axes.tick_params(length=0, colors=MUTED)
    for spine in axes.spines.values():
        spine.set_color(GRID)
