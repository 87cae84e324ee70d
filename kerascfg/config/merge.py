"""How one layer of a config is laid over another: mappings merge, nodes are replaced.

Plain merging leaves stale arguments behind: a swapped `type` keeps the arguments of the old one.
So where a later layer states what a node is, the earlier arguments of that node are dropped; its
wiring, which names nodes of the graph around it, stays unless it is stated anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kerascfg.errors import COMMAND_LINE, Problem, did_you_mean
from kerascfg.naming import KINDS, NEEDS_OBJECT, REQUIRED_VALUE, kind_of

WIRING = ("inputs", "when", "after")
"""What a node keeps when it is replaced: its place in the graph."""

_SHORT_FORMS = re.compile(
    r"model\.(layers|preprocess|postprocess)\.\w+|model\.blocks\.\w+\.layers\.\w+"
    r"|optimizer|train\.stages\.\w+\.optimizer"
    r"|loss(\.\w+)?|metrics\.\w+(\.\w+)?|callbacks\.\w+|tracker\.\w+|strategy|export\.\w+"
    rf"|data\.source|data\.target\.\w+|.*\.({'|'.join(sorted(NEEDS_OBJECT))})"
)
"""Where a text is short for `{type: text}`."""
_RATE, _INITIAL_RATE, _WARM_RATE = "learning_rate", "initial_learning_rate", "warmup_target"


def merge(old: Any, new: Any, path: str = "") -> Any:
    """Lay `new` over `old`.

    Args:
        old: plain value of the earlier layers; it is not changed.
        new: plain value of the later layer.
        path: where both stand in the config.

    Returns:
        The merged value: mappings merge by key, everything else is replaced. A mapping that states
        what it is (`type`, `op`, `block`, `share`) replaces an earlier node. A mapping below a
        short form (`gap: GlobalAveragePooling2D`) keeps its type. A number over a schedule sets
        its initial rate, or the one after its warm-up; a schedule that asks for one takes the
        number before it.
    """
    if path.rpartition(".")[2] == _RATE:
        if kind_of(old) and _INITIAL_RATE in old and isinstance(new, int | float):
            return {**old, _rate_of(old): new}
        if isinstance(old, int | float) and kind_of(new):
            asked = new.get(_rate_of(new)) == REQUIRED_VALUE
            return {**new, _rate_of(new): old} if asked else new
    if isinstance(new, str) and _SHORT_FORMS.fullmatch(path):
        wiring = _wiring(old)
        return {**wiring, "type": new} if wiring else new
    if not isinstance(new, Mapping):
        return new
    if kind_of(new):
        return {**_wiring(old), **new}
    if path == "loss" and _maps_outputs(new) and (isinstance(old, str) or kind_of(old)):
        return new
    if isinstance(old, str) and _SHORT_FORMS.fullmatch(path):
        old = {"type": old}
    if not isinstance(old, Mapping):
        return new
    merged = dict(old)
    for key, value in new.items():
        below = f"{path}.{key}" if path else str(key)
        merged[key] = merge(old[key], value, below) if key in old else value
    return merged


def set_value(config: dict[str, Any], path: str, value: Any) -> list[Problem]:
    """Set one value from the command line, making the mappings above it.

    Returns:
        The problem of a path that leads through something that is no mapping.
    """
    *above, key = path.split(".")
    holder: Any = config
    here = ""
    for part in above:
        here = f"{here}.{part}" if here else part
        below = _get(holder, part)
        if isinstance(below, str) and _SHORT_FORMS.fullmatch(here):
            below = {"type": below}
        elif below is None or below is _ABSENT:
            below = {}
        if not isinstance(below, dict | list):
            message = f"expected a mapping at {here}. Received: {here}={below}"
            return [Problem(path, message, place=COMMAND_LINE)]
        below = below.copy()
        if isinstance(holder, list):
            holder[int(part)] = below
        else:
            holder[part] = below
        holder = below
        if isinstance(holder, list) and (problem := _wrong_index(holder, here, path, above, key)):
            return [problem]
    old = _get(holder, key)
    if isinstance(holder, list):
        holder[int(key)] = value
    elif (
        key in KINDS
        and isinstance(value, str)
        and (kind_of(holder) or _SHORT_FORMS.fullmatch(here))
    ):
        kept = {**_wiring(holder), key: value}
        holder.clear()
        holder.update(kept)
    else:
        holder[key] = value if old is _ABSENT else merge(old, value, path)
    return []


def delete_value(config: dict[str, Any], path: str) -> list[Problem]:
    """Delete one value; return the problem of a key that is not there."""
    *above, key = path.split(".")
    holder: Any = config
    for part in above:
        holder = holder.get(part) if isinstance(holder, dict) else None
    if isinstance(holder, dict) and key in holder:
        del holder[key]
        return []
    meant = did_you_mean(key, map(str, holder)) if isinstance(holder, dict) else None
    return [
        Problem(
            path,
            f"expected a key that is there, to delete it. Received: ~{path}",
            hint=f"did you mean `{meant}`?" if meant else None,
            fix=f"~{'.'.join([*above, meant])}" if meant else None,
            place=COMMAND_LINE,
        )
    ]


def depth(path: str) -> int:
    """Return how deep an override reaches: what a node is counts as the node itself.

    Overrides are one layer: in the order of depth a node is there before its arguments are set.
    """
    parts = path.split(".")
    return len(parts) - (parts[-1] in KINDS)


_ABSENT: Any = object()


def _get(holder: Any, key: str) -> Any:
    if isinstance(holder, list):
        return holder[int(key)]
    return holder.get(key, _ABSENT)


def _wrong_index(
    items: list[Any], here: str, path: str, above: list[str], key: str
) -> Problem | None:
    """Return the problem of a path whose next part is no index of a list."""
    part = [*above, key][here.count(".") + 1]
    if part.isdecimal() and int(part) < len(items):
        return None
    message = f"expected the list at {here} or an index below {len(items)}. Received: {part}"
    return Problem(path, message, f"set it whole: {here}=[...]", place=COMMAND_LINE)


def _rate_of(schedule: Mapping[str, Any]) -> str:
    """Return the argument of a schedule that says its rate."""
    return _INITIAL_RATE if schedule.get(_WARM_RATE) is None else _WARM_RATE


def _wiring(old: Any) -> dict[str, Any]:
    return {key: old[key] for key in WIRING if key in old} if isinstance(old, Mapping) else {}


def _maps_outputs(new: Mapping[str, Any]) -> bool:
    """Tell whether a loss is a mapping `output: node` rather than arguments of the loss before."""
    return bool(new) and all(
        kind_of(value) or (isinstance(value, str) and value[:1].isupper()) for value in new.values()
    )
