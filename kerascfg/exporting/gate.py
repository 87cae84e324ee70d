"""The group `gate`: what deliveries must keep to, so that an export is an exit status for CI."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kerascfg.errors import Problem, did_you_mean
from kerascfg.exporting.delivery import Delivery
from kerascfg.naming import read_settings


@dataclass(frozen=True)
class GateSettings:
    """The group `gate`. Where a delivery does not keep to it, the exit status is 3.

    Attributes:
        max_drop: by how much the metric may be worse than Keras's, as in 0.01; null for any.
        max_ms: the most milliseconds that the median call with one sample may take; null for any.
        targets: names of `export` that must be delivered and keep to this; null for whatever is
            delivered.
    """

    max_drop: float | None = None
    max_ms: float | None = None
    targets: list[str] | None = None


def read_gate(gate: Any, export: Any, path: str = "gate") -> tuple[GateSettings, list[Problem]]:
    """Read the group `gate` of a config.

    Args:
        gate: the group; None for none.
        export: the group `export`, which `targets` must be in; None where it is not known yet.
        path: where the group stands in the config.

    Returns:
        The gate, which is open where there are problems, and all problems.
    """
    settings, problems = read_settings(GateSettings, gate, path)
    if settings is None:
        return GateSettings(), problems
    for key, least in (("max_drop", -math.inf), ("max_ms", 0.0)):
        limit = getattr(settings, key)
        if limit is not None and not (math.isfinite(limit) and limit > least):
            bound = "a finite number" if key == "max_drop" else "a finite number over 0"
            problems.append(Problem(f"{path}.{key}", f"expected {bound}. Received: {limit}"))
    exported = _exported(export)
    for target in settings.targets or ():
        if exported is not None and target not in exported:
            known = ", ".join(sorted(exported)) or "there is none"
            meant = did_you_mean(target, exported)
            problems.append(
                Problem(
                    f"{path}.targets",
                    f"expected targets of this export ({known}). Received: {target}",
                    hint=f"did you mean `{meant}`?" if meant else None,
                    fix=f"{path}.targets=null",
                )
            )
    return settings, problems


def _exported(export: Any) -> list[str] | None:
    """Return the names of the targets in the group `export`, None where it is none."""
    if not isinstance(export, Mapping):
        return None
    return [str(name) for name, node in export.items() if node is not None]


def not_met(gate: GateSettings, deliveries: Sequence[Delivery]) -> list[str]:
    """Return a line for each limit that a delivery does not keep to: which, by how much, or why.

    What cannot be told is not met: without a metric there is no `max_drop`.
    """
    lines = []
    for delivery in deliveries:
        if gate.targets is not None and delivery.target not in gate.targets:
            continue
        if delivery.status == "delivered":
            lines += [f"{delivery.target}: {why}" for why in _excesses(gate, delivery)]
        elif gate.targets is not None:
            reason = delivery.reason.splitlines()[0]
            lines.append(f"{delivery.target}: {delivery.status}: {reason}")
    return lines


def _excesses(gate: GateSettings, delivery: Delivery) -> list[str]:
    """Say which limits a delivery exceeds."""
    found = []
    if gate.max_drop is not None:
        drop = delivery.metric_drop
        if drop is None:
            found.append(f"gate.max_drop={gate.max_drop:g}, but {delivery.metric_reason}")
        elif not drop <= gate.max_drop:
            name = (delivery.metric_name or "the metric").replace("_", " ")
            found.append(
                f"{name} is worse than Keras's by {drop:.4g}, gate.max_drop={gate.max_drop:g}"
            )
    if gate.max_ms is not None:
        p50 = (delivery.latency_ms or {}).get("p50")
        if p50 is None:
            found.append(f"gate.max_ms={gate.max_ms:g}, but its runtime is not here to be timed")
        elif not p50 <= gate.max_ms:
            found.append(f"one sample takes {p50:.3g} ms, gate.max_ms={gate.max_ms:g}")
    return found
