"""Python code laid out as a formatter would: on one line, or an argument a line."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 88
_INDENT = "    "


@dataclass(frozen=True)
class Bracket:
    """Parts in brackets behind a head: a call, a list, a mapping.

    Attributes:
        head: what stands in front, as in `layers.Dense(units=3)` before `(x)`; may be empty.
        parts: what stands inside; a part is text, or a head and a bracket (`units=` and `[...]`).
        opening: the opening bracket.
        closing: the closing bracket.
    """

    head: Code
    parts: tuple[Code, ...]
    opening: str = "("
    closing: str = ")"


Code = str | Bracket | tuple["Code", ...]
"""A piece of code; a tuple is read from left to right."""


def call(function: Code, *positional: Code, **named: Code) -> Bracket:
    """Return a call."""
    return Bracket(function, (*positional, *((f"{key}=", value) for key, value in named.items())))


def flat(code: Code) -> str:
    """Write code on one line."""
    match code:
        case str():
            return code
        case Bracket(head, parts, opening, closing):
            inner = ", ".join(map(flat, parts))
            comma = "," if opening == "(" and head == "" and len(parts) == 1 else ""
            return f"{flat(head)}{opening}{inner}{comma}{closing}"
        case _:
            return "".join(map(flat, code))


def lines(code: Code, indent: int = 0, before: str = "", behind: str = "") -> list[str]:
    """Write code over as few lines as fit.

    Args:
        code: the code.
        indent: how deep the lines stand.
        before: what stands in front on the first line.
        behind: what stands behind on the last line.
    """
    margin = _INDENT * indent
    one = f"{margin}{before}{flat(code)}{behind}"
    if len(one) <= WIDTH:
        return [one]
    match code:
        case str():
            return [one]
        case tuple():
            *first, last = code
            return lines(last, indent, before + flat(tuple(first)), behind)
        case Bracket(Bracket(parts=(_, *_)) as head, (str() as only,), opening, closing) if (
            len(f"{margin}{before}{flat(head)}{opening}") > WIDTH
        ):
            return lines(head, indent, before, f"{opening}{only}{closing}{behind}")
        case Bracket(head, parts, opening, closing):
            opened = f"{margin}{before}{flat(head)}{opening}"
            inside = margin + _INDENT + ", ".join(map(flat, parts))
            if len(inside) <= WIDTH and opening == "(":
                return [opened, inside, f"{margin}{closing}{behind}"]
            exploded = [line for part in parts for line in lines(part, indent + 1, "", ",")]
            return [opened, *exploded, f"{margin}{closing}{behind}"]
