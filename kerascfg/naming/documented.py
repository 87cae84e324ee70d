"""What a parameter's annotation, documentation and default say about its values.

An annotation settles it; else Keras's documentation ("units: Positive integer, ...") or a default
that is a number or a flag rules out what nobody could mean, above all texts that YAML or a shell
made by mistake.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from kerascfg.naming.kinds import TYPES, Kind

_ANNOTATIONS = {
    "bool": {"bool"},
    "int": {"int"},
    "float": {"float", "int"},
    "str": {"str"},
    "None": {"NoneType"},
    **{name: {"list"} for name in ("list", "tuple", "Sequence")},
    **{name: {"dict"} for name in ("dict", "Mapping")},
}
_OTHERS_TOO = frozenset({"verbose", "profile_batch"})
"""Keras takes a text ("auto", "10,20") or a flag where only a number is spoken of."""
_FRACTIONS_TOO = frozenset({"lora_alpha"})
"""Documented as integers, but scales that Keras only multiplies by."""
_GREATER_TOO = frozenset({"alpha"})
"""Documented between 0 and 1, but shapes of a distribution (MixUp's) that takes greater ones."""
_RATES = frozenset({"learning_rate", "initial_learning_rate"})
"""Keras takes a negative one, which climbs where it should descend."""

_SECTION = re.compile(r"^Args:\n((?:[ ]+.*\n|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^ {2,4}(\w+): ((?:.*\n)(?:(?: {5,}.*)?\n)*)", re.MULTILINE)
_NUMBER = re.compile(
    r"(?:\(?optional\)?[ ,]*|an? |single |small |positive |non-negative |python )*"
    r"(int|integer|float|bool|boolean)\b",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r'(?:(?:an? )?string,? (?:either |one of )?|one of )(`?[{\[(]?`?"[^.]*)', re.IGNORECASE
)
_WHOLE_NUMBERS = re.compile(
    r"(?:[A-Z][\w ]*\. )?(?:an? )?(?:tuple|list)(?: or (?:tuple|list))? of (?:\w+ )?int",
    re.IGNORECASE,
)
_SHARE = re.compile(r"float,? (?:\(?between|in) (?:the range )?`?\[?0(?:\.0)?(?: and|,) 1\b", re.I)
_OTHERS = re.compile(
    r"tuple|list|array|tensor|sequence|iterable|callable|dict|instance|schedule|shape|\bor\b", re.I
)
"""Words by which an entry says that it takes more than a number."""
_OR_NULL = re.compile(r",? or `?None`?[.,]")
"""Ends what an entry says of types, whatever it speaks of later."""


def kinds_of(
    parameters: list[ast.arg], defaults: dict[str, Any], documentation: str
) -> dict[str, Kind]:
    """Return the kinds of a function's parameters, where its source settles them.

    Args:
        parameters: the named parameters.
        defaults: name -> default, for those that have a plain one.
        documentation: the docstring.
    """
    documented = dict(_documented(documentation))
    kinds = {}
    for parameter in parameters:
        name = parameter.arg
        kind = _annotated(parameter.annotation)
        if name not in _OTHERS_TOO:
            kind = kind or documented.get(name) or _by_default(defaults.get(name))
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
    return Kind(_spell(taken, choices), frozenset(TYPES.keys() - taken), tuple(choices))


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
    return " or ".join([*words, *(word for kind, word in TYPES.items() if kind in shown)])


def _documented(documentation: str) -> Iterator[tuple[str, Kind]]:
    """Read the section `Args:` of Keras's documentation, which is prose: only the clear cases."""
    section = _SECTION.search(documentation + "\n")
    for name, text in _ENTRY.findall(section[1]) if section else ():
        sentence = " ".join(text.split())
        if match := _CHOICE.match(sentence):
            choices = re.findall(r'"(\w+)"', match[1])
            if len(choices) > 1 and "path" not in sentence:
                words = "one of " + ", ".join(choices)
                yield name, Kind(words, frozenset({"bool"}), tuple(choices))
        elif (match := _NUMBER.match(sentence)) and not re.search(r'str\b|string|`"', sentence):
            yield name, _number(name, match, sentence)
        elif _WHOLE_NUMBERS.match(sentence) and not re.search(r"\bNone\b|\bor int", sentence):
            words = "a list of whole numbers"
            yield name, Kind(words, frozenset({"str", "bool", "int", "float", "dict"}), whole=True)


def _number(name: str, match: re.Match[str], sentence: str) -> Kind:
    """Read an entry that begins with a kind of number or flag."""
    kind = {"int": "int", "flo": "float", "boo": "bool"}[match[1].lower()[:3]]
    closed = _OR_NULL.match(sentence, match.end())
    several = not closed and bool(_OTHERS.search(sentence))
    if kind == "bool":
        return Kind(TYPES["bool"], frozenset({"str"} if several else {"str", "list", "dict"}))
    said = match[0].lower()
    more = " or a list" if re.search("tuple|list", sentence.lower()) else ""
    is_share = _SHARE.match(sentence) and name not in _GREATER_TOO
    from_zero = is_share or name in _RATES or "non-negative" in said
    return Kind(
        TYPES[kind] + more,
        frozenset({"str", "bool"} if several else {"str", "bool", "list", "dict"}),
        # What is called a positive float may be 0 where that switches something off.
        minimum=0 if from_zero or ("positive" in said and kind == "float") else None,
        above=0 if "positive" in said and kind == "int" else None,
        maximum=1 if is_share else None,
        whole=kind == "int" and not several and name not in _FRACTIONS_TOO,
    )


def _by_default(default: Any) -> Kind | None:
    if not isinstance(default, int | float):
        return None
    words = TYPES["bool"] if isinstance(default, bool) else TYPES["float"]
    refused = {"str", "bool"} if isinstance(default, float) else {"str"}
    return Kind(words, frozenset(refused))
