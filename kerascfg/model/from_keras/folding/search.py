"""Fold what saves most, again and again, until nothing saves anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kerascfg.model.from_keras.folding.family import (
    Family,
    Use,
    family_of,
    is_faithful,
    joined,
    may_join,
)
from kerascfg.model.from_keras.folding.replacing import prefix_of, with_block
from kerascfg.model.from_keras.folding.state import State
from kerascfg.model.from_keras.folding.windows import Alike, Windows

_TRIED = 30
"""How many kinds of windows are tried in earnest in each round."""
_LEAST = 60
_LEAST_SHARE = 0.01
"""What a block must save to be worth looking up, also as a share of the whole."""
_MOST_OPTIONAL = 6
"""By how many items a nearly alike window may be longer or shorter."""

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
        least = max(_LEAST, _LEAST_SHARE * cost)
        best, best_score = None, 0.0
        candidates = [
            alike for alike in windows.alike() if alike.saving >= least and choice(alike, windows)
        ]
        for alike in candidates[:_TRIED]:
            for family in _families(alike, windows):
                new = with_block(state, family)
                saving = cost - new.cost() if new else 0
                score = saving * _coherence(family, windows)
                if saving >= least and score > best_score:
                    best, best_score = new, score
        if best is None:
            return state
        state = best


def _families(alike: Alike, windows: Windows) -> list[Family]:
    """Return the family of windows that are alike, and one with those that are nearly so."""
    exact = family_of(alike.windows[0], windows)
    for window in alike.windows[1:]:
        exact = replace(exact, uses=exact.uses + family_of(window, windows).uses)
    if alike.windows[0].entering > 1:
        return [exact]
    wide = _widened(exact, windows)
    return [exact, wide] if len(wide.uses) > len(exact.uses) and is_faithful(wide) else [exact]


def _widened(family: Family, windows: Windows) -> Family:
    """Add windows between those of the family that differ from them by optional items."""
    covered = {name: bytearray(len(scope.items)) for name, scope in windows.scopes.items()}
    for use in family.uses:
        covered[use.window.scope][use.window.start : use.window.end] = b"\1" * (
            use.window.end - use.window.start
        )
    size = len(family.slots)
    slack = min(_MOST_OPTIONAL, size // 2)
    last = family.slots[family.output].shape
    for (name, end), found in windows.by_end.items():
        shapes = windows.shapes[name]
        if shapes[end - 1] != last or covered[name][end - 1]:
            continue
        near = [w for w in found if abs(end - w.start - size) <= slack and w.entering == 1]
        for window in sorted(near, key=lambda w: (abs(end - w.start - size), w.start)):
            if 1 in covered[name][window.start : end]:
                continue
            if not may_join(family, shapes[window.start : end]):
                continue
            if wider := joined(family, family_of(window, windows)):
                family = wider
                covered[name][window.start : end] = b"\1" * (end - window.start)
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
