"""One target that was asked for, and what comes of its processes."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerascfg.exporting.delivery import Delivery, Status
from kerascfg.exporting.jobs import Job
from kerascfg.exporting.places import without_places
from kerascfg.exporting.processes import Ended, Step
from kerascfg.exporting.target import Refused, Target
from kerascfg.exporting.tools import missing_tools, overlays


@dataclass(frozen=True)
class Order:
    """One target that was asked for."""

    name: str
    target: Target
    job: Job

    def step(self, module: str) -> Step:
        """Return the step that does the job in a process of its own."""
        log = self.job.folder / f"{module}.log"
        job = self.job.folder / "job.json"
        tools = overlays(self.target.tools)
        return Step(self.name, f"kerascfg.exporting.{module}", job, log, tools)

    def outcome(self, status: Status, reason: str, **known: Any) -> Delivery:
        """Return the delivery, without places of this machine in what is said of it.

        Manifest, model card and kit are given away, and reasons and notes come from converters.
        """
        node, target = self.job.node, self.target
        if "notes" in known:
            known["notes"] = tuple(map(without_places, known["notes"]))
        if "metric_reason" in known:
            known["metric_reason"] = without_places(known["metric_reason"])
        stated = isinstance(node, Mapping) and node.get("tolerance") is not None
        return Delivery(
            self.name,
            status,
            without_places(reason),
            quantize=target.quantize,
            tolerance=target.tolerance,
            tolerance_reason="stated in the config" if stated else target.tolerance_reason,
            **known,
        )


def missing_here(target: Target) -> str | None:
    """Say what the target lacks here (packages, tools, a program) and what brings it, or None."""
    missing = [
        install for name, install in target.requires.items() if not importlib.util.find_spec(name)
    ]
    if missing:
        return f"not installed: {', '.join(missing)} (pip install {' '.join(missing)})"
    return missing_tools(target.tools) or missing_program(target)


def missing_program(target: Target) -> str | None:
    """Say which program the target lacks here and what brings it, or None."""
    try:
        for find in target.programs:
            find()
    except Refused as refusal:
        return str(refusal)
    return None


@dataclass(frozen=True)
class Unanswered:
    """Why a process gave no good answer."""

    status: Status
    reason: str


def answer_of(place: Path, ended: Ended, doing: str) -> dict[str, Any] | Unanswered:
    """Return what a process answered, or why it has no good answer.

    Args:
        place: the file that its answer is in.
        ended: how it ended.
        doing: what it was to do.
    """
    if place.exists():
        answer = json.loads(place.read_text(encoding="utf-8"))
        if answer["status"] == "done":
            return answer
        reason, told = answer["reason"], answer["status"] == "refused" or answer.get("told")
        status = answer["status"]
    else:
        reason, told, status = ended.death() or "its process gave no answer", False, "failed"
    if status == "failed":
        reason = f"{doing} failed: {reason}"
    tail = "" if told else ended.tail()
    return Unanswered(status, f"{reason}\n{tail}" if tail else reason)
