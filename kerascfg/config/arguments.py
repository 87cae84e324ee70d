"""The arguments of a command line, before composition: readable, and every choice known."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from kerascfg.errors import COMMAND_LINE, Problem, did_you_mean

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

    from kerascfg.config.compose import NodeLoader

_ALLOWED_TARGETS = ("hydra.", "hydra_plugins.", "kerascfg.")


def parse_override(text: str) -> Override | Problem:
    """Parse one override by Hydra's own grammar."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return OverridesParser.create().parse_override(text)
    except HydraException as error:
        key = text.lstrip("+~").split("=")[0] or text
        reason = str(error).splitlines()[0]
        hint = "expected KEY=VALUE"
        if "=" in text:
            value = text.split("=", 1)[1]
            hint = f"quote the value: '{key}=\"{value}\"'"
        return Problem(
            key, f"cannot be read. Received: {text} ({reason})", hint, place=COMMAND_LINE
        )


def quote_path(text: str, multirun: bool) -> str:
    """Quote the value of `run=` and `*.path=`, so that a path may hold `=`, spaces or brackets."""
    match = re.match(r"^(\+{0,2}(?:[\w.]*\.path|run|hydra\.(?:run|sweep)\.dir))=(.+)$", text)
    if not match or match[2][0] in "\"'[" or "${" in match[2] or match[2] == "null":
        return text
    special = "=(){}[]:; " + ("" if multirun else ",")
    if not set(match[2]) & set(special):
        return text
    return match[1] + '="' + match[2].replace('"', '\\"') + '"'


def check_choices(loader: NodeLoader, override: Override) -> list[Problem]:
    """Check that the group of an override exists, and each file it chooses."""
    group = override.key_or_group
    if override.is_hydra_override() or override.is_delete():
        return []
    if not loader.repository.group_exists(group):
        if "/" not in group and override.package is None:
            return []
        groups = [g for g in _groups(loader) if not g.startswith("hydra")]
        meant = did_you_mean(group, groups)
        return [
            Problem(
                group,
                f"expected a group ({', '.join(groups)}). Received: {group}",
                f"did you mean `{meant}`?" if meant else None,
                fix=f"{meant}={_value_text(override)}" if meant else None,
                place=COMMAND_LINE,
            )
        ]
    return [
        _unknown_choice(loader, group, choice, override)
        for choice in _choices(override)
        if not loader.repository.config_exists(f"{group}/{choice}")
    ]


def sweep_jobs(overrides: list[Override]) -> list[list[str]]:
    """Spread a sweep as Hydra's basic sweeper does: one list of overrides for each job."""
    axes = []
    for override in overrides:
        if override.is_sweep_override():
            key = override.get_key_element()
            axes.append([f"{key}={value}" for value in override.sweep_string_iterator()])
        else:
            axes.append([override.input_line or ""])
    return [list(job) for job in itertools.product(*axes)]


def check_hydra_override(override: Override) -> list[Problem]:
    """Refuse a `_target_` outside Hydra, its plugins and kerascfg."""
    text = str(override.value())
    if "_target_" not in f"{override.key_or_group}={text}":
        return []
    targets = re.findall(
        r"_target_['\"]?\s*[:=]\s*['\"]?([\w.]+)", f"{override.key_or_group}={text}"
    )
    return [
        Problem(
            override.key_or_group,
            f"expected a target below {', '.join(_ALLOWED_TARGETS)}. Received: {target}",
            place=COMMAND_LINE,
        )
        for target in targets
        if not target.startswith(_ALLOWED_TARGETS)
    ]


def _choices(override: Override) -> list[str]:
    if override.is_sweep_override():
        values: list[Any] = list(override.sweep_iterator())
    else:
        values = [override.value()]
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return [str(item).strip("'\"") for item in flat if item is not None and str(item) != "null"]


def _value_text(override: Override) -> str:
    return (override.input_line or "").split("=", 1)[-1]


def _unknown_choice(loader: NodeLoader, group: str, choice: str, override: Override) -> Problem:
    options = loader.get_group_options(group)
    meant = did_you_mean(choice, options)
    fixed = _value_text(override).replace(choice, meant) if meant else None
    return Problem(
        group,
        f"expected one of {', '.join(options)}. Received: {choice}",
        f"did you mean `{meant}`?" if meant else None,
        fix=f"{group}={fixed}" if fixed else None,
        place=COMMAND_LINE,
    )


def _groups(loader: NodeLoader, parent: str = "") -> list[str]:
    found = []
    for name in loader.list_groups(parent):
        full = f"{parent}/{name}" if parent else name
        if not full.startswith(("hydra", "__")):
            found += [full, *_groups(loader, full)]
    return found
