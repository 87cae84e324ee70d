"""`--explain KEY`: the value of one key, where it comes from, and what else it could be."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from kerascfg.config.compose import Composed
from kerascfg.config.options import ABSENT, Option, keys_at, option_of, spell_value, value_at
from kerascfg.config.places import Layer, key_lines
from kerascfg.errors import COMMAND_LINE, Problem, did_you_mean, display

MADE = "made from the chosen files"
"""Where the default name of a run comes from."""
_UNSTATED = "nothing states it"
_NEAREST = 8


@dataclass(frozen=True)
class Explanation:
    """What there is to say of one key.

    Attributes:
        key: its full path.
        value: what it is now; None where nobody states it.
        place: FILE:LINE, "command line", or why there is none.
        replaced: earlier values, the latest first, each with its place.
        default: what it is where nobody states it, or None where there is no such value.
        takes: what it could be, in words.
        choices: the names that it could be, or None where that is no list.
        about: what its documentation says.
    """

    key: str
    value: Any
    place: str
    replaced: tuple[tuple[str, Any], ...] = ()
    default: str | None = None
    takes: str | None = None
    choices: tuple[str, ...] | None = None
    about: str | None = None


def split_key(argv: list[str]) -> tuple[str | None, list[str]]:
    """Split `--explain [KEY]` off the arguments: a KEY sets nothing and is no flag."""
    at = argv.index("--explain")
    key, rest = argv[at + 1 : at + 2], argv[at + 2 :]
    if key and not key[0].startswith("-") and "=" not in key[0]:
        return key[0], [*argv[:at], *rest]
    return None, [*argv[:at], *key, *rest]


def explain_key(composed: Composed, key: str) -> Explanation | Problem:
    """Explain one key of a config, stated or not.

    Args:
        composed: the config.
        key: its path, as an override spells it; `optimizer/schedule` for a group.
    """
    path = key.lstrip("+").replace("/", ".")
    value = value_at(composed.config, path)
    option = option_of(composed.config, path, value)
    if value is ABSENT and option is None:
        return _unknown(composed.config, path)
    option = option or Option()
    place = _UNSTATED if value is ABSENT else composed.places.of(path) or MADE
    return Explanation(
        path,
        None if value is ABSENT else value,
        place,
        tuple(_earlier(composed, path, place)),
        option.default,
        option.takes,
        option.choices,
        option.about,
    )


def _earlier(composed: Composed, path: str, place: str) -> list[tuple[str, Any]]:
    """Return what the files say that others replaced, the latest first."""
    found = []
    for layer in composed.places.layers:
        said, where = _said(layer, path)
        if said is not ABSENT and where != place:
            found.append((where, said))
    return found[::-1]


def _said(layer: Layer, path: str) -> tuple[Any, str]:
    """Return what one file says of a path, with the place."""
    within = f"{layer.package}." if layer.package else ""
    if not f"{path}.".startswith(within) or path == layer.package:
        return ABSENT, ""
    inner = path.removeprefix(within)
    line = dict(key_lines(layer.file)).get(inner)
    if line is None:
        return ABSENT, ""
    said = value_at(yaml.safe_load(layer.file.read_text(encoding="utf-8")), inner)
    return said, f"{display(layer.file)}:{line}"


def _unknown(config: Mapping[str, Any], path: str) -> Problem:
    """Return the problem of a key that neither stands in the config nor could."""
    above, _, key = path.rpartition(".")
    while above and value_at(config, above) is ABSENT:
        above, _, key = above.rpartition(".")
    known = keys_at(config, above)
    meant = did_you_mean(key, known)
    full = f"{above}.{meant}" if above else meant
    listed = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return Problem(
        path,
        f"expected a key of the config; at {above or 'the top'} there are {listed or 'none'}",
        hint=f"did you mean `{full}`?" if meant else None,
        place=COMMAND_LINE,
    )


def print_key(explanation: Explanation) -> None:
    """Print an explanation: the value, then a line for each thing there is to say."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    said = explanation
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(
        "comes from", Text(said.place, "yellow" if said.place == COMMAND_LINE else "cyan")
    )
    for index, (place, value) in enumerate(said.replaced):
        table.add_row("" if index else "replaced", Text(f"{spell_value(value)}  ({place})"))
    for label, text in (("default", said.default), ("takes", said.takes)):
        if text is not None:
            table.add_row(label, Text(text))
    if said.choices:
        table.add_row("choices", Text(_listed(said.choices, said.value)))
    if said.about:
        table.add_row("about", Text(said.about))
    console = Console(highlight=False)
    stated = said.place != _UNSTATED
    console.print(Text(f"{said.key} = {spell_value(said.value)}" if stated else said.key, "bold"),
                  soft_wrap=True)  # fmt: skip
    console.print(table)


def _listed(choices: tuple[str, ...], value: Any) -> str:
    """List all choices where they are few, else those like the present one."""
    if len(choices) <= 2 * _NEAREST:
        return ", ".join(choices)
    name = value if isinstance(value, str) else str((value or {}).get("type", ""))
    near = difflib.get_close_matches(name, choices, _NEAREST, 0.3)
    shown = [*near, *(choice for choice in choices if choice not in near)][:_NEAREST]
    return f"{', '.join(shown)}, ... ({len(choices)} in all, --json lists them)"
