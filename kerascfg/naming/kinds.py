"""What values an argument takes, as far as its source settles it.

An annotation settles it; else Keras's documentation ("units: Positive integer, ...") or a default
that is a number or a flag rules out what nobody could mean, above all texts that YAML or a shell
made by mistake.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kerascfg.errors import Problem, did_you_mean, override

_WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "list": "a list",
    "dict": "a mapping",
    "NoneType": "null",
}
_ANNOTATIONS = {
    "bool": {"bool"},
    "int": {"int"},
    "float": {"float", "int"},
    "str": {"str"},
    "None": {"NoneType"},
    **{name: {"list"} for name in ("list", "tuple", "Sequence")},
    **{name: {"dict"} for name in ("dict", "Mapping")},
}
_TEXT_TOO = frozenset({"verbose", "profile_batch"})
"""Keras takes a text ("auto", "10,20") where the default is a number and nothing says so."""

_SECTION = re.compile(r"^Args:\n((?:[ ]+.*\n|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^ {2,4}(\w+): ((?:.*\n)(?:(?: {5,}.*)?\n)*)", re.MULTILINE)
_NUMBER = re.compile(
    r"(?:\(?optional\)?[ ,]*|an? |single |small |positive |non-negative |python )*"
    r"(int|integer|float|bool|boolean)\b",
    re.IGNORECASE,
)
_CHOICE = re.compile(r'(?:an? )?string,? (?:either |one of )?(`"[^.]*)', re.IGNORECASE)


@dataclass(frozen=True)
class Kind:
    """What an argument takes.

    Attributes:
        words: what is expected, for messages.
        refused: names of Python's types that cannot be right.
        choices: the texts that are right; none where that is not settled.
    """

    words: str
    refused: frozenset[str]
    choices: tuple[str, ...] = ()

    def check(self, value: Any, path: str) -> Problem | None:
        """Return the problem of a value that cannot be right."""
        wrong = type(value).__name__ in self.refused
        if not wrong and not (self.choices and isinstance(value, str)):
            return None
        if not wrong and value.lower() in (choice.lower() for choice in self.choices):
            return None
        hint, fix = _way_out(value, self.choices, path) if isinstance(value, str) else (None, None)
        return Problem(path, f"expected {self.words}. Received: {value!r}", hint, fix)


def _way_out(text: str, choices: tuple[str, ...], path: str) -> tuple[str | None, str | None]:
    """Return hint and fix for a text that cannot be right."""
    if meant := did_you_mean(text, choices):
        return f"did you mean `{meant}`?", override(path, meant)
    if re.fullmatch(r"\([-\d., ]*\)", text):
        numbers = [part.strip() for part in text.strip("()").split(",") if part.strip()]
        return "YAML has no tuples, it takes this for a text", f"'{path}=[{','.join(numbers)}]'"
    if text.startswith("."):
        return f"if the shell took a $ away, quote the argument: '{path}=$data{text}'", None
    return None, None


def kinds_of(
    parameters: list[ast.arg], defaults: dict[str, Any], documentation: str
) -> dict[str, Kind]:
    """Return the kinds of a function's parameters, where its source settles them."""
    documented = dict(_documented(documentation))
    kinds = {}
    for parameter in parameters:
        name = parameter.arg
        kind = _annotated(parameter.annotation) or documented.get(name)
        kind = kind or _by_default(defaults.get(name), name)
        if kind:
            kinds[name] = kind
    return kinds


def _annotated(annotation: ast.expr | None) -> Kind | None:
    accepted: dict[str, None] = {}
    choices: list[Any] = []
    for option in _options(annotation) if annotation else ():
        match option:
            case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
                texts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                choices += [t.value for t in texts if isinstance(t, ast.Constant)]
                accepted["str"] = None
            case ast.Subscript(value=ast.Name(id=name)) | ast.Name(id=name):
                if name not in _ANNOTATIONS:
                    return None
                accepted[name] = None
            case ast.Constant(value=None):
                accepted["None"] = None
            case _:
                return None
    if not accepted:
        return None
    taken = {kind for name in accepted for kind in _ANNOTATIONS[name]}
    if choices and not all(isinstance(choice, str) for choice in choices):
        return None
    return Kind(_spell(taken, choices), frozenset(_WORDS.keys() - taken), tuple(choices))


def _options(annotation: ast.expr) -> Iterator[ast.expr]:
    match annotation:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _options(left)
            yield from _options(right)
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            yield from (inner, ast.Constant(value=None))
        case _:
            yield annotation


def _spell(taken: set[str], choices: list[str]) -> str:
    words = ["one of " + ", ".join(choices)] if choices else []
    shown = taken - {"str"} if choices else taken
    shown = shown - {"int"} if "float" in shown else shown
    return " or ".join([*words, *(word for kind, word in _WORDS.items() if kind in shown)])


def _documented(documentation: str) -> Iterator[tuple[str, Kind]]:
    """Read the section `Args:` of Keras's documentation, which is prose: only the clear cases."""
    section = _SECTION.search(documentation + "\n")
    for name, text in _ENTRY.findall(section[1]) if section else ():
        sentence = " ".join(text.split())
        if match := _CHOICE.match(sentence):
            choices = re.findall(r'`"(\w+)"`', match[1])
            if len(choices) > 1 and "path" not in sentence:
                words = "one of " + ", ".join(choices)
                yield name, Kind(words, frozenset({"bool"}), tuple(choices))
        elif (match := _NUMBER.match(sentence)) and not re.search(r'str\b|string|`"', sentence):
            word = match[1].lower()[:3]
            kind = {"int": "int", "flo": "float", "boo": "bool"}[word]
            refused = {"str"} if kind == "bool" else {"str", "bool"}
            more = " or a list" if re.search("tuple|list", sentence.lower()) else ""
            yield name, Kind(_WORDS[kind] + more, frozenset(refused))


def _by_default(default: Any, name: str) -> Kind | None:
    if not isinstance(default, int | float) or name in _TEXT_TOO:
        return None
    words = _WORDS["bool"] if isinstance(default, bool) else _WORDS["float"]
    refused = {"str", "bool"} if isinstance(default, float) else {"str"}
    return Kind(words, frozenset(refused))
