"""A model's graph as a picture (SVG): cards of nodes that follow each other, groups for blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from kerascfg.model.layout import LABEL, Arrangement, Box, Line, arrange
from kerascfg.model.summary import Row, spell_shapes
from kerascfg.model.table import spell_count

_STRIP, _BAR, _SPACE, _LETTER = 23, 5, 12, 7.3
_MARGIN, _FOOT = 12, 34
_COLOURS = {
    "input": ("#2a9d6f", "#eaf6f1"),
    "weights": ("#3b6fb6", "#ffffff"),
    "other weights": ("#7fa6d6", "#ffffff"),
    "no weights": ("#b8bec6", "#ffffff"),
    "function": ("#d99a2b", "#ffffff"),
    "model": ("#7a5aa6", "#f5f1fa"),
    "again": ("#b39ccf", "#faf8fc"),
}
"""What a node is -> the colour of its bar, and of its ground."""
_SAID = {
    "input": "input",
    "weights": "products, convolutions",
    "other weights": "other weights",
    "no weights": "no weights",
    "function": "function",
    "model": "model",
    "again": "called again",
}
_STYLE = (
    "text{font:12px Helvetica,Arial,sans-serif;fill:#1f2430}"
    ".name{font-weight:bold}.type,.key{fill:#566070}.shape{fill:#566070;font-size:11px}"
    ".group{fill:#f4f6f8;stroke:#c9d0d8;stroke-width:1}.label{fill:#566070;font-size:11px}"
    ".card{fill:none;stroke:#9aa4b0;stroke-width:1}.line{fill:none;stroke:#7b8694;stroke-width:1.4}"
    ".out{font-weight:bold;fill:#b5462f;font-size:11px}"
)


@dataclass(frozen=True)
class Card:
    """Nodes that follow each other without a branch, drawn as one.

    Attributes:
        rows: the nodes.
        columns: widths of names, types and shapes.
    """

    rows: tuple[Row, ...]
    columns: tuple[float, float, float]

    @property
    def size(self) -> tuple[float, float]:
        """Return width and height."""
        return sum(self.columns) + _BAR + 4 * _SPACE, _STRIP * len(self.rows)


def draw(rows: list[Row]) -> str:
    """Draw a model.

    Args:
        rows: from `summarize`.

    Returns:
        An SVG document on white ground; the same rows give the same text.
    """
    cards = {chain[0].name: _card(chain) for chain in chains(rows)}
    holder = {row.name: key for key, card in cards.items() for row in card.rows}
    edges = [
        (holder[source], holder[row.name])
        for row in rows
        for source in row.inputs
        if holder[source] != holder[row.name]
    ]
    parents = _parents(cards)
    drawn = arrange({key: card.size for key, card in cards.items()}, edges, parents)
    return "\n".join(_document(drawn, cards, parents)) + "\n"


def chains(rows: list[Row]) -> list[list[Row]]:
    """Part rows into chains: each row but the last of a chain feeds the next one and no other."""
    taken = Counter(source for row in rows for source in row.inputs)
    ends: dict[str, list[Row]] = {}
    for row in rows:
        before = ends.get(row.inputs[0]) if len(row.inputs) == 1 else None
        follows = (
            before is not None
            and taken[row.inputs[0]] == 1
            and before[-1].group == row.group
            and before[-1].kind != "input"
            and not before[-1].is_output
        )
        if before is not None and follows:
            ends[row.name] = ends.pop(row.inputs[0])
            ends[row.name].append(row)
        else:
            ends[row.name] = [row]
    order = {row.name: index for index, row in enumerate(rows)}
    return sorted(ends.values(), key=lambda chain: order[chain[0].name])


def _card(chain: list[Row]) -> Card:
    said = [(_name(row), _type(row), _shape(row)) for row in chain]
    columns = [max(map(len, column)) * _LETTER for column in zip(*said, strict=True)]
    return Card(tuple(chain), (columns[0] * 1.1, columns[1], columns[2] * 0.95))


def _parents(cards: dict[str, Card]) -> dict[str, str]:
    """Return the group of each card, and of each group the group around it."""
    groups = {card.rows[0].group for card in cards.values()} - {""}
    around = {
        group: max((g for g in groups if group.startswith(f"{g}_")), key=len, default="")
        for group in groups
    }
    return {
        **{key: _key(card.rows[0].group) for key, card in cards.items()},
        **{_key(group): _key(outer) for group, outer in sorted(around.items())},
    }


def _key(group: str) -> str:
    return group and f"group {group}"  # a node may bear the name of a group


def _name(row: Row) -> str:
    return row.name.removeprefix(f"{row.group}_") if row.group else row.name


def _type(row: Row) -> str:
    match row.kind:
        case "input":
            return row.dtypes[0]
        case "op":
            return f"{row.type}()"
        case "share":
            return f"{row.type} again"
        case _:
            return row.type


def _shape(row: Row) -> str:
    return spell_shapes(row.shapes).replace("x", "\u00d7")


def _what(row: Row) -> str:
    match row.kind:
        case "input" | "model":
            return row.kind
        case "op":
            return "function"
        case "share":
            return "again"
        case _ if row.parameters:
            return "weights" if row.flops != 0 else "other weights"
        case _:
            return "no weights"


def _document(drawn: Arrangement, cards: dict[str, Card], parents: dict[str, str]) -> Iterator[str]:
    used = {_what(row) for card in cards.values() for row in card.rows}
    legend = [what for what in _COLOURS if what in used]
    width = max(drawn.width, sum(_key_width(what) for what in legend)) + 2 * _MARGIN
    height = drawn.height + 2 * _MARGIN + _FOOT
    aside = (width - drawn.width) / 2
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">'
    )
    yield f"<style>{_STYLE}</style>"
    yield (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0.5 8 4 0 7.5z" fill="#7b8694"/></marker>'
        "</defs>"
    )
    yield '<rect width="100%" height="100%" fill="#ffffff"/>'
    yield f'<g transform="translate({aside:.1f} {_MARGIN})">'
    groups = [key for key in drawn.boxes if key not in cards]
    for key in sorted(groups, key=lambda key: (_depth(key, parents), key)):
        name = key.removeprefix(f"{parents[key]}_").removeprefix("group ")
        yield from _group(name, drawn.boxes[key])
    for line in drawn.lines:
        yield _line(line)
    for key, card in cards.items():
        yield from _drawn(card, drawn.boxes[key])
    yield "</g>"
    x = float(_MARGIN)
    for what in legend:
        yield _swatch(what, x, height - _FOOT / 2)
        x += _key_width(what)
    yield "</svg>"


def _depth(key: str, parents: dict[str, str]) -> int:
    return 0 if not parents[key] else 1 + _depth(parents[key], parents)


def _group(name: str, box: Box) -> Iterator[str]:
    yield (
        f'<rect class="group" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="8"/>'
    )
    x, y = box.x + 10, box.y + LABEL - 4
    yield f'<text class="label" x="{x:.1f}" y="{y:.1f}">{escape(name)}</text>'


def _line(line: Line) -> str:
    (x, y), *rest = line.points
    path = [f"M{x:.1f} {y:.1f}"]
    for below_x, below_y in rest:
        if abs(below_x - x) < 0.5:
            path.append(f"L{below_x:.1f} {below_y:.1f}")
        else:
            half = (y + below_y) / 2
            path.append(f"C{x:.1f} {half:.1f} {below_x:.1f} {half:.1f} {below_x:.1f} {below_y:.1f}")
        x, y = below_x, below_y
    arrow = ' marker-end="url(#arrow)"' if line.arrives else ""
    return f'<path class="line" d="{" ".join(path)}"{arrow}/>'


def _drawn(card: Card, box: Box) -> Iterator[str]:
    names, *_ = card.columns
    for index, row in enumerate(card.rows):
        y = box.y + index * _STRIP
        bar, ground = _COLOURS[_what(row)]
        left, middle = box.x + _BAR + _SPACE, y + _STRIP / 2 + 4
        cost = f"{row.parameters:,} parameters" if row.parameters else "no parameters of its own"
        flops = f", {spell_count(row.flops)} FLOPs" if row.flops else ""
        yield f"<g><title>{escape(f'{row.name}: {row.type}, {cost}{flops} ({row.path})')}</title>"
        for width, colour in ((box.width, ground), (_BAR, bar)):
            yield (
                f'<rect x="{box.x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_STRIP}" '
                f'fill="{colour}"/>'
            )
        yield f'<text class="name" x="{left:.1f}" y="{middle:.1f}">{escape(_name(row))}</text>'
        yield (
            f'<text class="type" x="{left + names + _SPACE:.1f}" y="{middle:.1f}">'
            f"{escape(_type(row))}</text>"
        )
        yield (
            f'<text class="shape" x="{box.x + box.width - _SPACE:.1f}" y="{middle:.1f}" '
            f'text-anchor="end">{escape(_shape(row))}</text></g>'
        )
        if row.is_output:
            x = box.x + box.width / 2
            yield f'<path class="line" d="M{x:.1f} {y + _STRIP:.1f}v14" marker-end="url(#arrow)"/>'
            yield f'<text class="out" x="{x + 8:.1f}" y="{y + _STRIP + 13:.1f}">output</text>'
    yield (
        f'<rect class="card" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="2"/>'
    )


def _key_width(what: str) -> float:
    return len(_SAID[what]) * _LETTER + 34


def _swatch(what: str, x: float, y: float) -> str:
    colour = _COLOURS[what][0]
    return (
        f'<rect x="{x:.1f}" y="{y - 5:.1f}" width="10" height="10" rx="2" fill="{colour}"/>'
        f'<text class="key" x="{x + 16:.1f}" y="{y + 4:.1f}">{_SAID[what]}</text>'
    )
