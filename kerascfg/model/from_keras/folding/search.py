"""Fold what saves most, again and again, until nothing saves anything."""

from __future__ import annotations

from collections.abc import Callable

from kerascfg.model.from_keras.folding.family import Family, Use, family_of, joined
from kerascfg.model.from_keras.folding.replacing import prefix_of, with_block
from kerascfg.model.from_keras.folding.state import State
from kerascfg.model.from_keras.folding.windows import Alike, Window, Windows

_TRIED = 30
"""How many kinds of windows are tried in earnest in each round."""
_LEAST = 60
"""What a block must save to be worth looking up."""
_SLACK = 6
"""By how many items an alike window may be longer or shorter."""

Choice = Callable[[Alike, Windows], bool]


def folded(state: State, choice: Choice) -> State:
    """Return the state with every block in it that pays, the best first.

    Args:
        state: the model.
        choice: which windows may become blocks.
    """
    while True:
        windows = Windows(state)
        cost = state.cost()
        best, best_score = None, 0.0
        candidates = [alike for alike in windows.alike() if choice(alike, windows)]
        for alike in candidates[:_TRIED]:
            for family in _families(alike, windows):
                new = with_block(state, family)
                saving = cost - new.cost() if new else 0
                score = saving * _coherence(family, windows)
                if saving >= _LEAST and score > best_score:
                    best, best_score = new, score
        if best is None:
            return state
        state = best


def _families(alike: Alike, windows: Windows) -> list[Family]:
    """Return the family of windows that are alike, and one with those that are nearly so."""
    exact = _family(alike.windows[0], windows)
    for window in alike.windows[1:]:
        other = _family(window, windows)
        exact = Family(exact.slots, exact.output, exact.uses + other.uses)
    wide = _widened(exact, windows) if alike.windows[0].entering == 1 else exact
    return [exact] if wide is exact else [exact, wide]


def _family(window: Window, windows: Windows) -> Family:
    return family_of(window, windows.scopes[window.scope], windows.shapes[window.scope])


def _widened(family: Family, windows: Windows) -> Family:
    """Add windows between those of the family that differ from them by optional items."""
    covered = {
        (use.window.scope, place)
        for use in family.uses
        for place in range(use.window.start, use.window.end)
    }
    size = len(family.slots)
    last = family.slots[family.output].shape
    for (scope, end), found in sorted(windows.by_end.items()):
        if windows.shapes[scope][end - 1] != last or (scope, end - 1) in covered:
            continue
        for window in sorted(found, key=lambda w: (abs(w.end - w.start - size), w.start)):
            places = {(scope, place) for place in range(window.start, end)}
            is_near = abs(window.end - window.start - size) <= _SLACK
            if window.entering != 1 or not is_near or places & covered:
                continue
            if wider := joined(family, _family(window, windows)):
                family = wider
                covered |= places
                break
    return family


def _coherence(family: Family, windows: Windows) -> float:
    """Return how well the uses agree with what names say belongs together, 1 at best."""
    return sum(_belonging(use, windows) for use in family.uses) / len(family.uses)


def _belonging(use: Use, windows: Windows) -> float:
    """Return 1 where the items, and no neighbours, begin with the same words."""
    window = use.window
    items = windows.scopes[window.scope].items
    prefix = prefix_of(use)
    beside = (*items[max(window.start - 1, 0) : window.start], *items[window.end : window.end + 1])
    if not prefix:
        return 0.4
    return 0.8 if any(f"{item.name}_".startswith(f"{prefix}_") for item in beside) else 1.0


def any_windows(alike: Alike, windows: Windows) -> bool:
    """Choose among all windows."""
    return True


def branching_windows(alike: Alike, windows: Windows) -> bool:
    """Choose the smallest windows around a point where branches meet."""
    window = alike.windows[0]
    scope = windows.scopes[window.scope]
    items = scope.items[window.start : window.end]
    joins = [item for item in items if isinstance(item.inputs, list | dict)]
    if joins != [items[-1]] or window.entering != 1:
        return False
    shorter = windows.by_end[window.scope, window.end]
    return all(
        other.start <= window.start or other.entering > 1 or other.end - other.start < 2
        for other in shorter
    )


def small_windows(alike: Alike, windows: Windows) -> bool:
    """Choose short chains, such as a convolution with what follows it."""
    return alike.windows[0].end - alike.windows[0].start <= 3
