"""A family of windows that one block can stand for, alike or alike but for optional items.

An item is optional where its single input can stand in for it: the projection in the shortcut of
a residual unit, the padding in front of a strided convolution. Such a window joins a family by
walking both backward from their outputs, side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kerascfg.model.from_keras.folding.sequence import (
    Item,
    Link,
    Setting,
    links,
    with_links,
)
from kerascfg.model.from_keras.folding.windows import Window, Windows


@dataclass(frozen=True)
class Slot:
    """An item of the block to be.

    Attributes:
        shape: what all items in this place have in common.
        inputs: what it takes; other slots by their number, what enters the block by -1, -2, ...
    """

    shape: tuple[Any, ...]
    inputs: Any

    def item(self, number: int, name: str, settings: Mapping[Setting, Any]) -> Item:
        """Return it as an item of the block's graph."""
        kind, target, _ = self.shape
        return Item(number, name, kind, target, self.inputs, settings)


@dataclass(frozen=True)
class Use:
    """A window, and which of its items stands in which slot (None where there is none).

    `leaving` is the number of its last item.
    """

    window: Window
    items: tuple[Item | None, ...]
    entering: tuple[Link, ...]
    leaving: int


@dataclass(frozen=True)
class Family:
    """Slots in no particular order, that whose output leaves, and the windows they stand for."""

    slots: tuple[Slot, ...]
    output: int
    uses: tuple[Use, ...]


def family_of(window: Window, windows: Windows) -> Family:
    """Return the family of one window."""
    inputs, entering = windows.inside(window)
    items = windows.scopes[window.scope].items[window.start : window.end]
    shapes = windows.shapes[window.scope][window.start : window.end]
    slots = tuple(Slot(shape, taken) for shape, taken in zip(shapes, inputs, strict=True))
    return Family(slots, len(slots) - 1, (Use(window, items, entering, items[-1].number),))


def joined(family: Family, other: Family) -> Family | None:
    """Return the family with another's single window in it, or None where it does not fit.

    One of them has all items of the other: what has none of its own is no block, but two.
    """
    differing = len(family.slots) - len(other.slots)
    start = _Match(((Link(family.output), Link(other.output)),), {}, {}, frozenset(), frozenset())
    match = next(_matches(family.slots, other.slots, start, abs(differing)), None)
    if match is None:
        return None
    return _widened(family, other, match)


def may_join(family: Family, shapes: Sequence[tuple[Any, ...]]) -> bool:
    """Tell whether items of these shapes are all in a family's slots, or the other way round."""
    ours, theirs = Counter(slot.shape for slot in family.slots), Counter(shapes)
    return not (ours - theirs) or not (theirs - ours)


def is_faithful(family: Family) -> bool:
    """Tell whether the slots, those left out passed over, are wired as each window is."""
    return all(_is_faithful(family, use) for use in family.uses)


@dataclass(frozen=True)
class _Match:
    """Links that must still be matched, the pairs found, and the slots passed over."""

    waiting: tuple[tuple[Link, Link], ...]
    pairs: Mapping[int, int]
    back: Mapping[int, int]
    ours_skipped: frozenset[int]
    theirs_skipped: frozenset[int]


def _matches(
    ours: tuple[Slot, ...], theirs: tuple[Slot, ...], match: _Match, budget: int
) -> Iterator[_Match]:
    """Yield the ways to match two lists of slots, backward from their outputs."""
    pairs, skipped = match.pairs, (match.ours_skipped, match.theirs_skipped)
    if not match.waiting:
        if [len(pairs) + len(some) for some in skipped] == [len(ours), len(theirs)]:
            yield match
        return
    (a, b), *rest = match.waiting
    is_matched = a == b if a.item < 0 and b.item < 0 else pairs.get(a.item) == b.item
    if is_matched and a.picks == b.picks:
        yield from _matches(ours, theirs, replace(match, waiting=tuple(rest)), budget)
        return
    if (taken := _matching_inputs(a, b, ours, theirs, match)) is not None:
        new = replace(
            match,
            waiting=(*taken, *rest),
            pairs={**pairs, a.item: b.item},
            back={**match.back, b.item: a.item},
        )
        yield from _matches(ours, theirs, new, budget)
    left = budget - sum(map(len, skipped))
    if _can_skip(a, ours, pairs) and (a.item in skipped[0] or left):
        waiting = ((ours[a.item].inputs, b), *rest)
        new = replace(match, waiting=waiting, ours_skipped=skipped[0] | {a.item})
        yield from _matches(ours, theirs, new, budget)
    if _can_skip(b, theirs, match.back) and (b.item in skipped[1] or left):
        waiting = ((a, theirs[b.item].inputs), *rest)
        new = replace(match, waiting=waiting, theirs_skipped=skipped[1] | {b.item})
        yield from _matches(ours, theirs, new, budget)


def _matching_inputs(
    a: Link, b: Link, ours: tuple[Slot, ...], theirs: tuple[Slot, ...], match: _Match
) -> list[tuple[Link, Link]] | None:
    """Return which links two slots that may be a pair take in the same place."""
    if a.item < 0 or b.item < 0 or a.picks != b.picks:
        return None
    if a.item in {*match.pairs, *match.ours_skipped}:
        return None
    if b.item in {*match.back, *match.theirs_skipped}:
        return None
    return _link_pairs(ours[a.item], theirs[b.item])


def _can_skip(link: Link, slots: tuple[Slot, ...], matched: Mapping[int, int]) -> bool:
    if link.item < 0 or link.picks or link.item in matched:
        return False
    return isinstance(slots[link.item].inputs, Link)


def _link_pairs(a: Slot, b: Slot) -> list[tuple[Link, Link]] | None:
    forms = [repr(with_links(slot.inputs, lambda _: Link(0))) for slot in (a, b)]
    if a.shape != b.shape or forms[0] != forms[1]:
        return None
    return list(zip(links(a.inputs), links(b.inputs), strict=True))


def _widened(family: Family, other: Family, match: _Match) -> Family | None:
    """Add the slots that only the other has, each in front of whoever takes its output."""
    slots = list(family.slots)
    added: dict[int, int] = {}
    for number in sorted(match.theirs_skipped):
        added[number] = len(slots)
        slots.append(other.slots[number])
    behind: dict[int, Link] = {}

    def through(ours: Link, theirs: Link) -> Link | None:
        """Return what takes the place of a link of ours, passing the slots that are added."""
        chain = []
        while theirs.item in added:
            chain.append(theirs.item)
            theirs = other.slots[theirs.item].inputs
        following = ours
        for number in reversed(chain):
            if behind.setdefault(number, following) != following:
                return None
            following = Link(added[number])
        return following

    for a, b in match.pairs.items():
        theirs = iter(list(links(other.slots[b].inputs)))
        new = with_links(slots[a].inputs, lambda link, theirs=theirs: through(link, next(theirs)))
        if any(link is None for link in _leaves(new)):
            return None
        slots[a] = Slot(slots[a].shape, new)
    output = through(Link(family.output), Link(other.output))
    if output is None:
        return None
    for number, following in behind.items():
        slots[added[number]] = Slot(other.slots[number].shape, following)
    absent = (None,) * len(added)
    uses = [replace(use, items=use.items + absent) for use in family.uses]
    (theirs_use,) = other.uses
    filled = {**match.pairs, **{new: old for old, new in added.items()}}
    items = tuple(
        theirs_use.items[filled[place]] if place in filled else None for place in range(len(slots))
    )
    uses.append(replace(theirs_use, items=items))
    return Family(tuple(slots), output.item, tuple(uses))


def _leaves(inputs: Any) -> Iterator[Any]:
    match inputs:
        case list():
            for item in inputs:
                yield from _leaves(item)
        case Mapping():
            for item in inputs.values():
                yield from _leaves(item)
        case _:
            yield inputs


def _is_faithful(family: Family, use: Use) -> bool:
    def real(link: Link) -> Link:
        while link.item >= 0 and use.items[link.item] is None:
            link = Link(family.slots[link.item].inputs.item, link.picks)
        if link.item < 0:
            entering = use.entering[-1 - link.item]
            return Link(entering.item, (*entering.picks, *link.picks))
        item = use.items[link.item]
        assert item is not None
        return Link(item.number, link.picks)

    present = [(item, slot) for item, slot in zip(use.items, family.slots, strict=True) if item]
    return (
        len(present) == use.window.end - use.window.start
        and real(Link(family.output)) == Link(use.leaving)
        and all(with_links(slot.inputs, real) == item.inputs for item, slot in present)
    )
