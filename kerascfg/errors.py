"""What goes wrong, in the one shape that users see.

A *problem* is a mistake in a configuration; checks collect problems and never raise half-way.
`ConfigError` carries all of them (exit status 2, nothing was started). `RunError` is a run that
failed after it was started (1); `GateError` is a result that was not good enough (3).
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

COMMAND_LINE = "command line"


@dataclass(frozen=True)
class Problem:
    """One mistake in a configuration.

    Attributes:
        path: full path of the key, as an override would spell it (`model.layers.conv1.filterz`).
        message: what was expected and what was received.
        hint: the way out in words ("did you mean `filters`?"), or None.
        fix: the override that would fix it (`model.layers.conv1.filters=3`), or None.
        place: "FILE:LINE" or "command line"; filled in by whoever knows where keys come from.
    """

    path: str
    message: str
    hint: str | None = None
    fix: str | None = None
    place: str | None = None

    def __str__(self) -> str:
        where = f"{self.path} ({self.place})" if self.place else self.path
        lines = [f"{where}: {self.message}"]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        if self.fix:
            lines.append(f"  fix:  {self.fix}")
        return printable("\n".join(lines))


def printable(text: str) -> str:
    """Spell control characters out: a name from a file must not steer the user's terminal."""
    return re.sub(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]",
        lambda match: match[0].encode("unicode_escape").decode(),
        text,
    )


Locate = Callable[[Iterable[Problem]], list[Problem]]
"""Says of problems where their keys come from."""


class ConfigError(Exception):
    """The configuration or the command line is wrong; nothing was started."""

    exit_status = 2

    def __init__(self, problems: Iterable[Problem] | Problem):
        """Collect problems; one problem may be given by itself."""
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[tuple[Problem, ...]]]:
        """Cross from one process to another with the problems."""
        return type(self), (self.problems,)


class RunError(Exception):
    """A run was started and failed; the message says why, in words for its user."""

    exit_status = 1


class OtherProcessError(RunError):
    """A run cannot start in this process, whose backend has started with other settings.

    In a process of its own it can.
    """


class GateError(Exception):
    """A result did not meet its gate: a delivery that disagrees with the model, a metric drop."""

    exit_status = 3


def did_you_mean(word: str, options: Iterable[str]) -> str | None:
    """Return the option that `word` is most likely a misspelling of, or None."""
    options = list(map(str, options))
    folded = {option.lower(): option for option in reversed(options)}
    close = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def unknown_key(
    path: str, key: object, options: Iterable[str], what: str, value: object = None
) -> Problem:
    """Return the problem of a key that nobody knows: `what` says what was expected there.

    Args:
        path: path of the mapping that holds the key; "" at the top.
        key: the unknown key, as YAML gave it.
        options: the known keys.
        what: what the known keys are, as in "an argument of keras.layers.Conv2D".
        value: the value that was given, to spell the fixing override.
    """
    full = f"{path}.{key}" if path else str(key)
    if key == "_target_":
        return Problem(
            full,
            f"expected `type`. Received: _target_: {value}",
            hint="a node is {type: Name, argument: value}, as in type: keras.layers.Dense",
        )
    options = sorted(map(str, options))
    listed = ", ".join(options) if len(options) <= 30 else ", ".join(options[:30]) + ", ..."
    expected = f"expected {what} ({listed or 'there is none'}). Received: {key}"
    if not isinstance(key, str):
        quote = "YAML reads on, off, yes, no, numbers and null as such: quote the key"
        return Problem(full, expected, hint=quote)
    meant = did_you_mean(key, options)
    if meant is None:
        return Problem(full, expected)
    renamed = f"{path}.{meant}" if path else meant
    return Problem(full, expected, f"did you mean `{meant}`?", _renaming(renamed, value))


def _renaming(path: str, value: object) -> str | None:
    """Spell the override that sets `path` instead; a mapping of one value is set below it."""
    while isinstance(value, Mapping) and len(value) == 1:
        ((key, value),) = value.items()
        path = f"{path}.{key}"
    return None if value is None or value == {} else override(path, value)


def override(path: str, value: object) -> str:
    """Spell `path=value` as one would type it in a shell, quoted where the shell needs it."""
    return shlex.quote(f"{path}={_spell(value)}")


_PLAIN_TEXT = re.compile(r"[A-Za-z_$./\\*+@?|%-][\w$./\\*+@?|%: -]*", re.ASCII)
_OTHER_KIND = re.compile(r"(?i:null|true|false|nan|[-+]?inf)|[-+]?[.\d].*|.*\\$|.* $|.*  .*")


def _spell(value: object) -> str:
    """Spell a value in the grammar of overrides."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case Mapping():
            return "{" + ", ".join(f"{k}: {_spell(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(_spell(item) for item in value) + "]"
        case str() if not _PLAIN_TEXT.fullmatch(value) or _OTHER_KIND.fullmatch(value):
            # Backslashes count only before a quote; there each is written twice.
            inner = re.sub(r'(\\*)("|$)', lambda m: m[1] * 2 + m[2].replace('"', '\\"'), value)
            return f'"{inner}"'
        case _:
            return str(value)


def display(place: Path) -> str:
    """Spell a file or folder the way its user would: relative where it lies below this folder."""
    try:
        return place.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return str(place)


def print_problems(problems: Iterable[Problem], started: bool = False) -> None:
    """Print problems to standard error, the way a user reads them: where, what, the way out."""
    from rich.console import Console
    from rich.text import Text

    problems = list(problems)
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    end = "the run has ended" if started else "nothing was started"
    text = Text(f"{count} in the configuration; {end}.\n", style="bold red")
    for problem in problems:
        text.append(f"\n  {printable(problem.path)}", style="bold not red")
        text.append(
            f"  ({printable(problem.place)})\n" if problem.place else "\n", style="not bold cyan"
        )
        text.append(f"    {printable(problem.message)}\n", style="not bold not red")
        if problem.hint:
            text.append(f"    hint: {printable(problem.hint)}\n", style="not bold yellow")
        if problem.fix:
            text.append(f"    fix:  {printable(problem.fix)}\n", style="not bold green")
    console.print(text, end="")
