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
from kerascfg.naming import KINDS, REQUIRED_VALUE, kind_of

WIRING = ("inputs", "when", "after")
"""What a node keeps when it is replaced: its place in the graph."""

_NODE_PLACES = re.compile(
    r"^(model\.layers\.\w+|model\.blocks\.\w+\.layers\.\w+|optimizer|loss|metrics\.\w+"
    r"|callbacks\.\w+|tracker\.\w+|strategy|export\.\w+|data\.source)$"
)
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
    is_place = _NODE_PLACES.match(path)
    if path.endswith(_RATE):
        if kind_of(old) and isinstance(new, int | float):
            return {**old, _rate_of(old): new}
        if (
            isinstance(old, int | float)
            and kind_of(new)
            and new.get(_rate_of(new)) == REQUIRED_VALUE
        ):
            return {**new, _rate_of(new): old}
    if isinstance(new, Mapping):
        if kind_of(new):
            return {**_wiring(old), **new}
        if isinstance(old, str) and is_place and not _is_mapping_of_nodes(path, new):
            old = {"type": old}
        if isinstance(old, Mapping):
            merged = dict(old)
            for key, value in new.items():
                below = f"{path}.{key}" if path else str(key)
                merged[key] = merge(old[key], value, below) if key in old else value
            return merged
    if isinstance(new, str) and is_place and (wiring := _wiring(old)):
        return {**wiring, "type": new}
    return new


def set_value(config: dict[str, Any], path: str, value: Any) -> list[Problem]:
    """Set one value from the command line, making the mappings above it.

    Returns:
        The problem of a path that leads through something that is no mapping.
    """
    *above, key = path.split(".")
    holder: dict[str, Any] = config
    here = ""
    for part in above:
        here = f"{here}.{part}" if here else part
        below = holder.get(part)
        if (
            isinstance(below, list)
            and part is above[-1]
            and key.isdigit()
            and int(key) < len(below)
        ):
            holder[part] = [*below[: int(key)], value, *below[int(key) + 1 :]]
            return []
        if isinstance(below, str) and _NODE_PLACES.match(here):
            below = {"type": below}
        elif below is None:
            below = {}
        if not isinstance(below, dict):
            message = f"expected a mapping at {here}. Received: {here}={below}"
            return [Problem(path, message, place=COMMAND_LINE)]
        holder[part] = holder = dict(below)
    if key in KINDS and isinstance(value, str) and _NODE_PLACES.match(here):
        kept = {**_wiring(holder), key: value}
        holder.clear()
        holder.update(kept)
    else:
        holder[key] = merge(holder[key], value, path) if key in holder else value
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


def states_kind(path: str) -> bool:
    """Tell whether an override says what a node is (`model.layers.conv1.type`)."""
    return path.rpartition(".")[2] in KINDS


def _rate_of(schedule: Mapping[str, Any]) -> str:
    """Return the argument of a schedule that says its rate."""
    return _INITIAL_RATE if schedule.get(_WARM_RATE) is None else _WARM_RATE


def _wiring(old: Any) -> dict[str, Any]:
    return {key: old[key] for key in WIRING if key in old} if isinstance(old, Mapping) else {}


def _is_mapping_of_nodes(path: str, new: Mapping[str, Any]) -> bool:
    """Tell whether a loss is a mapping `output: node` rather than arguments of the loss before."""
    return path == "loss" and all(
        kind_of(value) or (isinstance(value, str) and value[:1].isupper()) for value in new.values()
    )
