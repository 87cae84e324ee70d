"""What a user sees around training: the model, the result, where it is."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def open_console() -> Console:
    """Return a console: colours and live lines in a terminal, plain wide lines outside one."""
    from rich.console import Console  # Rich takes a tenth of what a whole check takes

    console = Console()
    return console if console.is_terminal else Console(width=120, highlight=False)


def say(console: Console, label: str, text: str) -> None:
    """Print one fact of the run, as in `strategy  cpu: the processor, 2 threads`."""
    from rich.text import Text

    console.print(Text.assemble((f"{label:<10}", "bold"), text), soft_wrap=True)


def model_table(model: Any) -> Table:
    """Make the table of a model's layers: name, type, output shape, parameters, frozen or not."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", show_footer=True)
    total = model.count_params()
    learning = sum(prod(weight.shape) for weight in model.trainable_weights)
    table.add_column("layer", footer="total")
    table.add_column("type")
    table.add_column("output")
    table.add_column("parameters", justify="right", footer=f"{total:,}")
    table.add_column("", footer=f"{learning:,} learn" if learning != total else "")
    for layer in model.layers:
        count = layer.count_params()
        frozen = count and not layer.trainable_weights
        table.add_row(
            layer.name,
            type(layer).__name__,
            _shape(getattr(layer, "output", None)),
            f"{count:,}" if count else "",
            "frozen" if frozen else "",
        )
    return table


def result_table(metrics: Mapping[str, Mapping[str, float]]) -> Table:
    """Make the final table: loss and metrics of each split."""
    from rich.table import Table

    table = Table(title="Result", title_justify="left")
    table.add_column("split")
    names = list(dict.fromkeys(name for values in metrics.values() for name in values))
    for name in names:
        table.add_column(name, justify="right")
    for split, values in metrics.items():
        table.add_row(split, *(f"{values[n]:.4f}" if n in values else "" for n in names),
                      style="bold" if split == "test" else None)  # fmt: skip
    return table


def _shape(output: Any) -> str:
    if isinstance(output, Mapping):
        output = list(output.values())
    if isinstance(output, list | tuple):
        return ", ".join(_shape(item) for item in output)
    if output is None:
        return ""
    return "(" + ", ".join("any" if axis is None else str(axis) for axis in output.shape[1:]) + ")"
