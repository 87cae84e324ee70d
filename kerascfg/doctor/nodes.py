"""Which targets are looked at: those that the package's YAML offers, and what they leave out."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

import yaml

from kerascfg import naming
from kerascfg.config.folders import shipped_conf
from kerascfg.exporting.target import Target, build_target


def targets_looked_at() -> dict[str, Target]:
    """Return the target of every node of the package's `conf/export/`, by its name there.

    A way to quantise that no file offers and that needs more than all of them has a line too:
    `openvino quantize=int8`.
    """
    targets: dict[str, Target] = {}
    for file in sorted((shipped_conf() / "export").glob("*.yaml")):
        for name, node in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            targets[name] = build_target(node, f"export.{name}")
    for kind in naming.names_of_area("target"):
        for mode in _modes(kind):
            name = f"{kind} quantize={mode}"
            target = build_target({"type": kind, "quantize": mode}, name)
            if not any(_needs(target) <= _needs(other) for other in targets.values()):
                targets[name] = target
    return targets


def _modes(kind: str) -> Iterator[str]:
    """Return what a target's `quantize` may say, as its annotation has it."""
    hints = typing.get_type_hints(naming.load_object(kind, "target", kind))
    yield from _texts(hints.get("quantize"))


def _texts(hint: Any) -> Iterator[str]:
    """Return the texts of the literals in a type hint."""
    for part in typing.get_args(hint):
        if isinstance(part, str):
            yield part
        else:
            yield from _texts(part)


def _needs(target: Target) -> set[str]:
    return {*target.requires, *target.tools}
