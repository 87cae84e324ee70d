"""Windows of a series: where they begin, and a column that cuts them when it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Cut:
    """How windows are cut.

    Attributes:
        window: steps in a window.
        horizon: steps that are forecast.
        offset: steps from a window's last step to the first that is forecast.
        stride: steps from one window to the next.
    """

    window: int
    horizon: int
    offset: int
    stride: int

    @property
    def to_target(self) -> int:
        """Return how many steps after a window's first the first that is forecast is."""
        return self.window - 1 + self.offset

    @property
    def reach(self) -> int:
        """Return how many steps a sample spans, its target included."""
        return max(self.window, self.to_target + self.horizon)

    def starts(self, firsts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the first steps of all windows.

        Args:
            firsts: the first step of each series.
            lengths: the number of steps of each series.
        """
        import numpy as np

        each = [
            np.arange(first, first + length - self.reach + 1, self.stride)
            for first, length in zip(firsts.tolist(), lengths.tolist(), strict=True)
        ]
        return np.concatenate(each) if each else np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Windows:
    """A column (see `table.Column`) whose rows are stretches of one array.

    Memory is that of the array and the starts, however much the stretches overlap.

    Attributes:
        series: the steps, `(steps, ...)`.
        starts: the first step of each row, `(rows,)`.
        length: the number of steps in a row.
    """

    series: np.ndarray
    starts: np.ndarray
    length: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the number of rows, then the shape of a row."""
        return (len(self.starts), self.length, *self.series.shape[1:])

    @property
    def dtype(self) -> np.dtype:
        """Return the dtype of the values."""
        return self.series.dtype

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        import numpy as np

        return self.series[self.starts[rows][..., None] + np.arange(self.length)]
