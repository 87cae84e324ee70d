"""The table of a model's graph: what each node is, what feeds it, what it gives and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerascfg.model.summary import Row, Totals, spell_shapes

if TYPE_CHECKING:
    from rich.table import Table

_WIDE = 100
"""From so many columns on, the bytes of weights have a column of their own."""
_GAP, _NARROWEST = 2, 8


def summary_table(rows: list[Row], totals: Totals, width: int) -> Table:
    """Make the table of a model's rows, one line for each, with its sums.

    Args:
        rows: from `summarize`.
        totals: from `summarize`.
        width: columns of the screen.
    """
    from rich.table import Table
    from rich.text import Text

    sums = [totals.parameters, totals.flops, totals.activation_bytes, totals.weight_bytes]
    numbers = [("parameters", "FLOPs", "memory", "weights"), *(_numbers(row) for row in rows)]
    numbers = [line[: 4 if width >= _WIDE else 3] for line in [*numbers, _spell_numbers(*sums)]]
    texts = [("node", "type", "inputs", "output"), *(_texts(row) for row in rows)]
    taken = sum(max(map(len, column)) + _GAP for column in zip(*numbers, strict=True))
    natural = [max(map(len, column)) for column in zip(*texts, strict=True)]
    widths = _fitted(natural, width - taken - _GAP * (len(natural) - 1))

    table = Table(box=None, pad_edge=False, header_style="bold", show_footer=True)
    for index, (name, wide) in enumerate(zip(texts[0], widths, strict=True)):
        footer = "" if index else "total"
        table.add_column(name, footer, width=wide, no_wrap=True, footer_style="bold")
    for name, total in zip(numbers[0], numbers[-1], strict=True):
        table.add_column(name, total, justify="right", no_wrap=True, footer_style="bold")
    for row, said, counted in zip(rows, texts[1:], numbers[1:-1], strict=True):
        cells = [Text(_cropped(text, wide)) for text, wide in zip(said, widths, strict=True)]
        cells[0].stylize("bold" if row.kind == "input" or row.is_output else "")
        cells[2].stylize("dim")
        frozen = row.parameters and not row.trainable
        table.add_row(*cells, *counted, style="cyan" if frozen else None)
    return table


def _texts(row: Row) -> tuple[str, ...]:
    return row.name, _type(row), ", ".join(row.inputs), spell_shapes(row.shapes)


def _numbers(row: Row) -> tuple[str, ...]:
    return _spell_numbers(row.parameters, row.flops, row.activation_bytes, row.weight_bytes)


def _spell_numbers(
    parameters: int, flops: int | None, activations: int | None, weights: int
) -> tuple[str, ...]:
    counted = f"{parameters:,}" if parameters else ""
    return counted, spell_count(flops), spell_bytes(activations), spell_bytes(weights)


def _fitted(widths: list[int], room: int) -> list[int]:
    """Take from the widest column until all fit, or none is wider than `_NARROWEST`."""
    widths = list(widths)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _cropped(text: str, width: int) -> str:
    """Leave out the middle of a text that is too long: the ends of names tell them apart."""
    if len(text) <= width:
        return text
    end = (width - 1) // 2
    return f"{text[: width - 1 - end]}…{text[-end:]}"


def notes(rows: list[Row], totals: Totals) -> list[str]:
    """Say what the numbers mean, and what of them is not known."""
    learn = f"{totals.trainable:,} learn" if totals.trainable < totals.parameters else "all learn"
    found = [
        f"{totals.parameters:,} parameters ({learn}), {spell_bytes(totals.weight_bytes)} of "
        "weights. FLOPs: matrix products and convolutions of one sample, a multiply-add as two. "
        "memory: outputs of one sample."
    ]
    unknown = [row.name for row in rows if row.flops is None or row.activation_bytes is None]
    if unknown:
        found.append(
            f"? at {unknown[0]}: sizes are not fixed. State them, as in "
            f"model.inputs.{rows[0].name}.shape=[...]"
        )
    return found


def spell_count(count: int | None) -> str:
    """Spell a count in three digits: `7.72 G`; nothing for zero, `?` for what is not known."""
    if count is None:
        return "?"
    return _scaled(count, 1000, ("", " k", " M", " G", " T", " P")) if count else ""


def spell_bytes(size: int | None) -> str:
    """Spell a size in three digits: `1.5 MiB`; nothing for zero, `?` for what is not known."""
    if size is None:
        return "?"
    return _scaled(size, 1024, (" B", " KiB", " MiB", " GiB", " TiB")) if size else ""


def _scaled(number: int, base: int, units: tuple[str, ...]) -> str:
    """Spell a number by the unit that leaves it below a thousand, with three digits."""
    power = 0
    while number / base**power >= 999.5 and power + 1 < len(units):
        power += 1
    scaled = number / base**power
    digits = 0 if power == 0 else max(0, 3 - len(str(int(scaled))))
    return f"{scaled:.{digits}f}{units[power]}"


def _type(row: Row) -> str:
    match row.kind:
        case "op":
            return f"{row.type}()"
        case "share":
            return f"= {row.type}"
        case _:
            return row.type
