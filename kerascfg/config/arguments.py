"""The arguments of a command line, before composition: readable, and every choice known."""

from __future__ import annotations

import argparse
import itertools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from kerascfg.config.folders import conf_folders
from kerascfg.errors import COMMAND_LINE, ConfigError, Problem, did_you_mean
from kerascfg.errors import override as spell
from kerascfg.naming import ExpressionError, is_expression, names_in

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

    from kerascfg.config.loader import NodeLoader

_REFUSED_FLAGS = {
    "config_path": "the user's conf/ and the package's are read; --config-dir DIR adds another",
    "experimental_rerun": "it runs what a pickle file holds; start from the run's config.yaml",
}
_OUR_FLAGS = ("--explain", "--version", "--json", "--help")
_LONGEST = 2_000
"""Characters of one argument."""
_ONE_CHOICE = (
    *("data", "model", "backbone", "task", "optimizer", "optimizer/schedule", "loss", "train"),
    *("strategy", "debug"),
)
_PATH = re.compile(r"\+{0,2}(?:[\w.]*\.path|run|hydra\.(?:run|sweep)\.dir)")


def parse_flags(argv: list[str]) -> argparse.Namespace:
    """Read Hydra's flags, `flags` as they were typed, and collect the `overrides`.

    Raises:
        ConfigError: a flag is unknown, or lacks its value.
    """
    from hydra._internal.utils import get_args_parser

    parser = get_args_parser()
    known = [flag for flag in parser._option_string_actions if flag.startswith("--")]

    def refuse(message: str) -> NoReturn:
        _, _, flags = message.partition("unrecognized arguments: ")
        given = flags.split(" ")[0] or message.removeprefix("argument ").split(":")[0].split("/")[0]
        flag, _, value = given.partition("=")
        meant = did_you_mean(flag, [*known, *_OUR_FLAGS])
        reason = "expected a flag (see --help)" if flags else message.partition(": ")[2]
        key = given.lstrip("-") if "." in flag and value else None
        raise ConfigError(
            Problem(
                flag,
                f"{reason}. Received: {given}",
                hint=f"did you mean `{meant}`?" if meant and flags else None,
                fix=key,
                place=COMMAND_LINE,
            )
        )

    parser.error = refuse  # type: ignore[method-assign]
    args = parser.parse_intermixed_args(argv)
    args.flags = list(argv)
    for text in args.overrides:
        args.flags.remove(text)
    for name, why in _REFUSED_FLAGS.items():
        if getattr(args, name) is not None:
            flag = f"--{name.replace('_', '-')}"
            raise ConfigError(Problem(flag, "is refused", hint=why, place=COMMAND_LINE))
    return args


def quoted(text: str, multirun: bool) -> str:
    """Quote a value that Hydra's grammar cannot hold as it is.

    That is the value of `run=` and `*.path=` with `=`, `~`, spaces or brackets, and any plain value
    with letters beyond ASCII.

    Args:
        text: an argument as it was typed.
        multirun: whether commas part the values of a sweep.
    """
    key, equals, value = text.partition("=")
    if not equals or not value or value[0] in "\"'[{" or value == "null":
        return text
    plain = re.sub(r"\$\{[^{}]*\}", "", value)
    if not _PATH.fullmatch(key) and (value.isascii() or set(plain) & set("=(){}[],'\"$")):
        return text
    parts = value.split(",") if multirun else [value]
    return f"{key}={','.join(map(_quoted, parts))}"


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w./\\:@%+-]+", value, re.ASCII):
        return value
    inner = re.sub(r'(\\*)("|$)', lambda m: m[1] * 2 + m[2].replace('"', '\\"'), value)
    return f'"{inner}"'


def parse_override(text: str, loader: NodeLoader | None = None) -> Override | Problem:
    """Parse one override by Hydra's own grammar."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    if len(text) > _LONGEST:
        path, message = f"{text[:40]}...", f"expected at most {_LONGEST:,} characters"
        hint = "a file in conf/experiment/ holds more"
        received = f"{message}. Received: {len(text):,}"
        return Problem(path, received, hint, place=COMMAND_LINE)
    try:
        (parsed,) = OverridesParser.create(config_loader=loader).parse_overrides([text])
        parsed.value()
    except (HydraException, ValueError, RecursionError):
        return _unreadable(text)
    return parsed if parsed.key_or_group else _unreadable(text)


def _unreadable(text: str) -> Problem:
    key, equals, value = text.partition("=")
    path = key.lstrip("+~") or text or "''"
    if spelled := re.fullmatch(r"([\w.]+): ?([^/\\].*)", text):
        message, fix = f"expected KEY=VALUE. Received: {text}", f"{spelled[1]}={spelled[2]}"
        return Problem(path, message, fix=fix, place=COMMAND_LINE)
    if not equals or not key.strip("+~ "):
        message = f"expected KEY=VALUE. Received: {text or 'an empty argument'}"
        return Problem(path, message, "an argument with spaces needs quotes", None, COMMAND_LINE)
    if not re.fullmatch(r"[\w./@:+~$-]+", key):
        message = f"expected a key of letters, digits, _ and dots. Received: {key}"
        return Problem(path, message, place=COMMAND_LINE)
    message = f"expected a value. Received: {value}"
    if "${" in value:
        message = f"expected a value or an interpolation ${{key}}. Received: {value}"
        return Problem(path, message, place=COMMAND_LINE)
    if re.fullmatch(r"\([-\d., ]+\)", value):
        fix = f"'{path}=[{value.strip('()')}]'"
        return Problem(path, message, "a list stands in square brackets", fix, COMMAND_LINE)
    if is_expression(value):
        try:
            names_in(value)
        except ExpressionError as error:
            return Problem(path, str(error), place=COMMAND_LINE)
    hint = "quote a text that holds brackets, commas, quotes or ="
    return Problem(path, message, hint, spell(path, value), COMMAND_LINE)


def parted_by_spaces(texts: list[str]) -> Problem | None:
    """Return the problem of `key = value`, which a shell hands over as three arguments."""
    for index, text in enumerate(texts[1:], 1):
        if text == "=" and index + 1 < len(texts):
            key, value = texts[index - 1], texts[index + 1]
            message = f"expected KEY=VALUE without spaces. Received: {key} = {value}"
            return Problem(key, message, fix=f"{key}={value}", place=COMMAND_LINE)
    return None


def read_override(
    loader: NodeLoader, text: str, multirun: bool
) -> tuple[Override | None, list[Problem]]:
    """Read and check one override.

    Returns:
        The override, and what is wrong with it. A misspelled choice is reported and the one that
        was meant is returned, so that what depends on it is checked against the right file.
    """
    parsed = parse_override(text, loader)
    if isinstance(parsed, Problem):
        return None, [parsed]
    problems = check_choices(loader, parsed) + check_hydra_override(parsed)
    if not problems:
        alone = parsed.is_sweep_override() and not multirun
        return parsed, [sweep_without_m(parsed)] if alone else []
    fix = problems[0].fix if len(problems) == 1 else None
    meant = parse_override(fix, loader) if fix and not fix.startswith("-m ") else None
    return (None if isinstance(meant, Problem) else meant), problems


def check_choices(loader: NodeLoader, override: Override) -> list[Problem]:
    """Check that the group of an override exists, and each file it chooses."""
    group = override.key_or_group
    if override.is_delete() or "." in group or isinstance(override.value(), dict):
        return []
    if loader.repository.group_exists(group):
        if group in _ONE_CHOICE and isinstance(override.value(), list):
            return [_several(override)]
        return [
            _unknown_choice(loader, group, choice, override)
            for choice in _choices(override)
            if not _is_file_of(loader, group, choice)
        ]
    if override.is_hydra_override():
        groups = [g for g in _groups(loader, "hydra") if not g.endswith("env")]
    else:
        groups = [g for g in _groups(loader) if not g.startswith(("hydra", "__"))]
    below = [known for known in groups if known.endswith(f"/{group}")]
    if "/" not in group and override.package is None and not below:
        return []
    meant = below[0] if below else did_you_mean(group, groups)
    return [
        Problem(
            group,
            f"expected a group ({', '.join(groups)}). Received: {group}",
            f"did you mean `{meant}`?" if meant else None,
            fix=f"{meant}={_value_text(override)}" if meant else None,
            place=COMMAND_LINE,
        )
    ]


def check_hydra_override(override: Override) -> list[Problem]:
    """Refuse what would move a job away from its paths, or find configs in a package's code."""
    if override.key_or_group == "hydra.searchpath":
        message, hint = "expected no other search path", "--config-dir DIR adds a folder of configs"
        return [Problem(override.key_or_group, message, hint, place=COMMAND_LINE)]
    if override.key_or_group != "hydra.job.chdir" or not override.value():
        return []
    message = "expected false: the paths in a config are read from where you stand"
    return [Problem(override.key_or_group, message, place=COMMAND_LINE)]


def sweep_jobs(overrides: Iterable[Override]) -> list[list[str]]:
    """Spread a sweep as Hydra's basic sweeper does: one list of overrides for each job."""
    axes = []
    for override in overrides:
        if override.is_sweep_override():
            key = override.get_key_element()
            axes.append([f"{key}={value}" for value in override.sweep_string_iterator()])
        else:
            axes.append([override.input_line or ""])
    return [list(job) for job in itertools.product(*axes)]


def sweep_without_m(override: Override) -> Problem:
    """Return the problem of several values where one is expected."""
    key, _, value = (override.input_line or "").partition("=")
    listed = "" if key.lstrip("+") in _ONE_CHOICE else f"; for a list, {key}=[{value}]"
    return Problem(
        key.lstrip("+"),
        f"expected one value. Received: {value}",
        hint=f"to sweep over the values, add -m{listed}",
        fix=f"-m {key}={value}",
        place=COMMAND_LINE,
    )


def _several(override: Override) -> Problem:
    group, value = override.key_or_group, _value_text(override)
    return Problem(
        group,
        f"expected one file, not a list. Received: {value}",
        hint="to sweep over several, add -m and leave the brackets out",
        fix=f"-m {group}={value.strip('[]')}",
        place=COMMAND_LINE,
    )


def _is_file_of(loader: NodeLoader, group: str, choice: str) -> bool:
    """Tell whether a group has a file; a path that leads out of the group is none of its files."""
    out = ".." in choice.split("/") or "\\" in choice or choice.startswith("/") or not choice
    return not out and loader.repository.config_exists(f"{group}/{choice}")


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
    meant = did_you_mean(choice, options) or did_you_mean(Path(choice).stem, options)
    fixed = _value_text(override).replace(choice, meant) if meant else None
    hint = f"did you mean `{meant}`?" if meant else None
    if any((folder / group / f"{choice}.yml").is_file() for folder in conf_folders()):
        hint = f"rename conf/{group}/{choice}.yml: only files that end in .yaml are read"
    if meant is None and override.is_hydra_override():
        hint = "others come with Hydra's plugins, as in pip install hydra-joblib-launcher"
    return Problem(
        group,
        f"expected one of {', '.join(options)}. Received: {choice}",
        hint,
        fix=f"{group}={fixed}" if fixed else None,
        place=COMMAND_LINE,
    )


def _groups(loader: NodeLoader, parent: str = "") -> list[str]:
    found = []
    for name in loader.list_groups(parent):
        full = f"{parent}/{name}" if parent else name
        found += (
            [full, *_groups(loader, full)] if parent or not name.startswith(("hydra", "__")) else []
        )
    return found
