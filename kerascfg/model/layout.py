"""Where the boxes of a layered graph go, and the lines between them: no Graphviz is needed.

Each box stands below what feeds it (ranks by the longest way), the order within a rank follows the
mean place of its neighbours (barycentres), and the places in a rank are those nearest to what
straight lines would want that keep order and distance (isotonic regression). Lines over several
ranks pass through places of their own. A group is arranged by itself first and is one box in what
surrounds it; what crosses its edge does so at ports. After Sugiyama, Tagawa and Toda (1981).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]

BETWEEN_RANKS, BESIDE, PADDING, LABEL = 34.0, 28.0, 16.0, 20.0
_PORT = 14.0
_SWEEPS = 12


@dataclass(frozen=True)
class Box:
    """A rectangle, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> Box:
        """Return the box elsewhere."""
        return Box(self.x + x, self.y + y, self.width, self.height)


@dataclass(frozen=True)
class Line:
    """A line between two boxes or a port: the points that it passes, from above to below."""

    points: tuple[Point, ...]
    arrives: bool

    def moved(self, x: float, y: float) -> Line:
        """Return the line elsewhere."""
        return Line(tuple((px + x, py + y) for px, py in self.points), self.arrives)


@dataclass(frozen=True)
class Arrangement:
    """An arranged graph or group.

    Attributes:
        width: of the whole.
        height: of the whole.
        boxes: leaf or group -> where it is.
        lines: where the lines are.
        enters: source -> where on the upper edge its line comes in.
        leaves: source -> where on the lower edge its line goes out.
    """

    width: float
    height: float
    boxes: dict[str, Box]
    lines: list[Line]
    enters: dict[str, float] = field(default_factory=dict)
    leaves: dict[str, float] = field(default_factory=dict)


def arrange(
    sizes: Mapping[str, tuple[float, float]],
    edges: Iterable[tuple[str, str]],
    parents: Mapping[str, str],
) -> Arrangement:
    """Arrange a graph without cycles.

    Args:
        sizes: leaf -> its width and height, sources before what they feed.
        edges: from leaf to leaf.
        parents: leaf or group -> the group that it is in; "" is the whole.
    """
    return _arranged("", sizes, list(dict.fromkeys(edges)), parents)


def _arranged(
    group: str,
    sizes: Mapping[str, tuple[float, float]],
    edges: list[tuple[str, str]],
    parents: Mapping[str, str],
) -> Arrangement:
    members = dict.fromkeys(filter(None, (_member(leaf, group, parents) for leaf in sizes)))
    level = _Level(
        {
            name: Arrangement(*sizes[name], {}, [])
            if name in sizes
            else _arranged(name, sizes, edges, parents)
            for name in members
        }
    )
    for source, target in edges:
        start, end = _member(source, group, parents), _member(target, group, parents)
        if start is None and end is not None:
            level.connect(source, level.port(f"above {source}"), end)
        elif start is not None and end is None:
            level.connect(source, start, level.port(f"below {source}"))
        elif start is not None and end is not None and start != end:
            level.connect(source, start, end)
    return level.arrangement(group)


def _member(leaf: str, group: str, parents: Mapping[str, str]) -> str | None:
    """Return the member of a group that a leaf is or lies in; None where it lies outside."""
    inside = leaf
    while parents.get(inside, "") != group:
        inside = parents.get(inside, "")
        if not inside:
            return None
    return inside


class _Level:
    """The members of one group while they are arranged.

    Attributes:
        inner: member -> itself arranged.
        links: source leaf, member or port above, member or port below.
        rank: member, port or bend -> its rank.
        ranks: the ranks, each in order from the left.
        x: member, port or bend -> its left edge.
    """

    def __init__(self, inner: dict[str, Arrangement]):
        self.inner = inner
        self.ports: dict[str, None] = {}
        self.links: dict[tuple[str, str, str], list[str]] = {}
        self.rank: dict[str, int] = {}
        self.ranks: list[list[str]] = []
        self.x: dict[str, float] = {}

    def port(self, name: str) -> str:
        """Return a port; that of one source is there once."""
        self.ports[name] = None
        return name

    def connect(self, source: str, start: str, end: str) -> None:
        """Link two members, or a member and a port, by the line of a source."""
        self.links[source, start, end] = [start, end]

    def arrangement(self, group: str) -> Arrangement:
        """Find ranks, bends, order and places; return them."""
        self._find_ranks()
        self._bend_long_links()
        self._order()
        self._place()
        return self._placed(group)

    def _find_ranks(self) -> None:
        above: dict[str, list[str]] = defaultdict(list)
        below: dict[str, list[str]] = defaultdict(list)
        for _, start, end in self.links:
            above[end].append(start)
            below[start].append(end)
        first = 1 if any(port.startswith("above ") for port in self.ports) else 0
        for name in self.ports:
            if name.startswith("above "):
                self.rank[name] = 0
        waiting = {name: len(above[name]) for name in (*self.inner, *self.ports)}
        ready = [name for name in waiting if not waiting[name]]
        while ready:
            name = ready.pop(0)
            self.rank.setdefault(name, max([first, *(self.rank[a] + 1 for a in above[name])]))
            for other in below[name]:
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
        for name in self.inner:  # what nothing feeds stands just above what it feeds
            if not above[name] and below[name]:
                self.rank[name] = min(self.rank[other] for other in below[name]) - 1
        last = max((self.rank[name] for name in self.inner), default=0) + 1
        self.rank.update({port: last for port in self.ports if port.startswith("below ")})

    def _bend_long_links(self) -> None:
        bends: dict[tuple[str, int, str], str] = {}
        for (source, start, end), way in self.links.items():
            between = range(self.rank[start] + 1, self.rank[end])
            for rank in between:
                bend = f"bend {source} > {end} {rank}"
                bends[source, rank, end] = bend
                self.rank[bend] = rank
                way.insert(-1, bend)
        self.ranks = [[] for _ in range(max(self.rank.values(), default=0) + 1)]
        for name, rank in self.rank.items():
            self.ranks[rank].append(name)

    def _steps(self) -> list[tuple[str, str, str]]:
        """Return every step from one rank to the next, with the source of its line."""
        return [
            (source, start, end)
            for (source, *_), way in self.links.items()
            for start, end in pairwise(way)
        ]

    def _order(self) -> None:
        """Order each rank by the mean place of its neighbours above, then of those below."""
        near: dict[bool, dict[str, list[str]]] = {True: defaultdict(list), False: defaultdict(list)}
        for _, start, end in self._steps():
            near[True][end].append(start)
            near[False][start].append(end)
        best, fewest = [list(rank) for rank in self.ranks], self._crossings()
        for sweep in range(_SWEEPS):
            down = sweep % 2 == 0
            for rank in self.ranks if down else reversed(self.ranks):
                place = {name: i for names in self.ranks for i, name in enumerate(names)}
                mean = {
                    name: sum(place[o] for o in near[down][name]) / len(near[down][name])
                    if near[down][name]
                    else place[name]
                    for name in rank
                }
                rank.sort(key=lambda name: mean[name])
            if (crossings := self._crossings()) < fewest:
                best, fewest = [list(rank) for rank in self.ranks], crossings
        self.ranks = best

    def _crossings(self) -> int:
        place = {name: i for names in self.ranks for i, name in enumerate(names)}
        spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for _, start, end in self._steps():
            spans[self.rank[start]].append((place[start], place[end]))
        return sum(
            (a - c) * (b - d) < 0
            for rank in spans.values()
            for i, (a, b) in enumerate(rank)
            for c, d in rank[i + 1 :]
        )

    def _place(self) -> None:
        for names in self.ranks:
            edge = 0.0
            for name in names:
                self.x[name] = edge
                edge += self._width(name) + BESIDE
        pulls: dict[bool, dict[str, list[tuple[str, float]]]] = {
            True: defaultdict(list),
            False: defaultdict(list),
        }
        for source, start, end in self._steps():
            apart = self._out(start, source) - self._in(end, source)
            pulls[True][end].append((start, apart))
            pulls[False][start].append((end, -apart))
        for sweep in range(_SWEEPS + 1):  # the last one goes down: what one node feeds is below it
            down = sweep % 2 == 0
            for names in self.ranks if down else reversed(self.ranks):
                wanted = [
                    sum(self.x[other] + apart for other, apart in pulls[down][name])
                    / len(pulls[down][name])
                    if pulls[down][name]
                    else self.x[name]
                    for name in names
                ]
                widths = [self._width(name) for name in names]
                self.x.update(zip(names, _spread(wanted, widths), strict=True))

    def _placed(self, group: str) -> Arrangement:
        left = min(self.x.values(), default=0.0) - PADDING
        right = max((self.x[name] + self._width(name) for name in self.x), default=0.0) + PADDING
        tops, bottoms = [], []
        edge = PADDING + (LABEL if group else 0.0)
        for number, names in enumerate(self.ranks):
            height = max((self._height(name) for name in names), default=0.0)
            inside = any(name in self.inner for name in names)
            at = edge if inside else (0.0 if number == 0 else edge)
            tops.append(at)
            bottoms.append(at + height)
            edge = at + height + BETWEEN_RANKS if inside else edge
        height = edge - BETWEEN_RANKS + PADDING
        if self.ports and not any(name in self.inner for name in self.ranks[-1]):
            tops[-1] = bottoms[-1] = height
        boxes: dict[str, Box] = {}
        lines: list[Line] = []
        for name, inner in self.inner.items():
            x, y = self.x[name] - left, tops[self.rank[name]]
            boxes[name] = Box(x, y, inner.width, inner.height)
            boxes.update({key: box.moved(x, y) for key, box in inner.boxes.items()})
            lines += [line.moved(x, y) for line in inner.lines]
        entering = self._spread_entries()
        for (source, start, end), way in self.links.items():
            points: list[Point] = []
            for name in way:
                into = entering.get((source, end), self._in(end, source))
                x = self.x[name] - left
                top, bottom = tops[self.rank[name]], bottoms[self.rank[name]]
                if name == start:
                    base = top + self._height(name)
                    points.append((x + self._out(name, source), base))
                elif name == end:
                    points.append((x + into, top))
                else:
                    points += [
                        (x + self._in(name, source), top),
                        (x + self._out(name, source), bottom),
                    ]
            arrives = end in self.inner and not self.inner[end].boxes
            lines.append(Line(tuple(points), arrives))
        ends = {name: self.x[name] - left + self._width(name) / 2 for name in self.ports}
        return Arrangement(
            right - left,
            height,
            boxes,
            lines,
            {name[6:]: x for name, x in ends.items() if name.startswith("above ")},
            {name[6:]: x for name, x in ends.items() if name.startswith("below ")},
        )

    def _spread_entries(self) -> dict[tuple[str, str], float]:
        """Part the lines that enter one leaf, in the order in which they come."""
        coming: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for (source, _, end), way in self.links.items():
            if end in self.inner and not self.inner[end].boxes:
                coming[end].append((self.x[way[-2]] + self._out(way[-2], source), source))
        return {
            (source, end): self._width(end) * (index + 1) / (len(sources) + 1)
            if len(sources) > 3
            else self._width(end) / 2
            + (index - (len(sources) - 1) / 2) * min(40, self._width(end) / 4)
            for end, sources in coming.items()
            for index, (_, source) in enumerate(sorted(sources))
        }

    def _width(self, name: str) -> float:
        return self.inner[name].width if name in self.inner else _PORT

    def _height(self, name: str) -> float:
        return self.inner[name].height if name in self.inner else 0.0

    def _in(self, name: str, source: str) -> float:
        inner = self.inner.get(name)
        return inner.enters.get(source, inner.width / 2) if inner else _PORT / 2

    def _out(self, name: str, source: str) -> float:
        inner = self.inner.get(name)
        return inner.leaves.get(source, inner.width / 2) if inner else _PORT / 2


def _spread(wanted: list[float], widths: list[float]) -> list[float]:
    """Return the places nearest to the wanted ones, by squares, that keep order and distance.

    Pool adjacent violators: neighbours that would come too near are moved as one.
    """
    offsets, edge = [], 0.0
    for width in widths:
        offsets.append(edge)
        edge += width + BESIDE
    pools: list[tuple[float, int]] = []  # mean of (wanted - offset), how many
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while pools and pools[-1][0] > mean:
            other, many = pools.pop()
            mean, count = (mean * count + other * many) / (count + many), count + many
        pools.append((mean, count))
    means = [mean for mean, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
