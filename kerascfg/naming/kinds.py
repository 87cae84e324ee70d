"""What values an argument takes: facts that its source settles, and a value held to them.

The facts come from annotations and documentation (`documented`) and from what the code itself
refuses (`guards`). They are data, so that a check and an editor's schema say the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from kerascfg.errors import Problem, did_you_mean, override

TYPES = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "list": "a list",
    "dict": "a mapping",
    "NoneType": "null",
}
"""Python's types of the values that YAML can hold, in words."""
_GREATEST = 2**63 - 1
"""No size, index or count of any backend has more than 64 bits."""


@dataclass(frozen=True)
class Kind:
    """What an argument takes.

    Attributes:
        words: what is expected, for messages; limits are added to them.
        refused: names of Python's types (keys of `TYPES`) that cannot be right.
        choices: the texts that are right, in any case; none where that is not settled.
        minimum: the smallest number that is right; for a list, of each of its items.
        above: numbers must be greater than this.
        maximum: the greatest number that is right.
        below: numbers must be less than this.
        whole: whether numbers must be whole.
        lengths: the lengths of lists that are right; none where that is not settled.
        or_zero: whether 0 is right below the limits too, since it switches something off.
    """

    words: str = ""
    refused: frozenset[str] = frozenset()
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    below: float | None = None
    whole: bool = False
    lengths: tuple[int, ...] = ()
    or_zero: bool = False

    def check(self, value: Any, path: str) -> Problem | None:
        """Return the problem of a value that cannot be right."""
        if self._takes(value):
            return None
        hint, fix = self._way_out(value, path)
        expected = "a finite number" if value != value else self.expected
        if self._is_whole and _is_beyond(value):
            expected += " that 64 bits hold"
        return Problem(path, f"expected {expected}. Received: {_received(value)}", hint, fix)

    def _way_out(self, value: Any, path: str) -> tuple[str | None, str | None]:
        """Return hint and fix for a value that cannot be right."""
        taken = TYPES.keys() - self.refused
        if isinstance(value, int) and not isinstance(value, bool) and "int" in self.refused:
            # Keras asks some arguments for Python's float by name.
            fits = not _is_beyond(value) and self._takes(float(value))
            return None, override(path, float(value)) if fits else None
        if not isinstance(value, str):
            return None, None
        if value == "None" and "NoneType" in taken:
            return "YAML spells it null", override(path, None)
        number = _number(value)
        if number is not None and self._takes(number):
            return "in quotes, or in YAML 1.1's 1e-4, it is a text", override(path, number)
        return _way_out(value, self.choices, path)

    @property
    def expected(self) -> str:
        """Spell what is expected, limits included: `a whole number above 0`."""
        limits = self._limits()
        if self.choices:
            # What is no text besides: `one of valid, same or a list`.
            return self.words or "one of " + ", ".join(self.choices)
        words = self.words or self._spelled()
        if not self.lengths:
            return words + limits + (", or 0" if self.or_zero else "")
        counts = " or ".join(map(str, sorted({1, *self.lengths})))
        if "int" in self.refused:
            counts = " or ".join(map(str, self.lengths))
        if counts == "1" and self.whole:
            return TYPES["int"] + limits
        return f"{counts} {'whole numbers' if self.whole else 'values'}{limits}"

    @property
    def _is_whole(self) -> bool:
        return self.whole or ("float" in self.refused and "int" not in self.refused)

    def _spelled(self) -> str:
        """Spell the types that are right, where nothing else is known: a number, if it may be."""
        if not {"int", "float"} <= self.refused:
            return TYPES["int" if self.whole else "float"]
        return " or ".join(words for name, words in TYPES.items() if name not in self.refused)

    def _limits(self) -> str:
        lower = self.minimum if self.above is None else self.above
        upper = self.maximum if self.below is None else self.below
        if lower is None and upper is None:
            return ""
        if lower is None:
            return f" below {upper:g}" if self.below is not None else f" up to {upper:g}"
        first = f" above {lower:g}" if self.above is not None else f" from {lower:g}"
        if upper is None:
            return first if self.above is not None else f"{first} up"
        return first + (f" and below {upper:g}" if self.below is not None else f" to {upper:g}")

    def _takes(self, value: Any) -> bool:
        if type(value).__name__ in self.refused:
            return False
        match value:
            case str():
                choices = {choice.lower() for choice in self.choices}
                return not choices or value.lower() in choices
            case list():
                fits = not self.lengths or len(value) in self.lengths
                return fits and all(self._takes_number(item) for item in value)
            case bool():
                return True
            case _:
                return self._takes_number(value)

    def _takes_number(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return True
        if self._is_whole and (_is_beyond(value) or not float(value).is_integer()):
            return False
        if self.or_zero and value == 0:
            return True
        limited = {self.minimum, self.above, self.maximum, self.below} != {None}
        return not (
            (limited and value != value)
            or (self.minimum is not None and value < self.minimum)
            or (self.above is not None and value <= self.above)
            or (self.maximum is not None and value > self.maximum)
            or (self.below is not None and value >= self.below)
        )

    def joined(self, other: Kind) -> Kind:
        """Return the kind of what both take; where both settle the same fact, `other` does."""
        lengths = other.lengths or self.lengths
        return replace(
            self,
            words=other.words if other.choices else self.words or other.words,
            refused=(self.refused | other.refused) - ({"list"} if lengths else set()),
            choices=other.choices or self.choices,
            minimum=_second(self.minimum, other.minimum),
            above=_second(self.above, other.above),
            maximum=_second(self.maximum, other.maximum),
            below=_second(self.below, other.below),
            whole=self.whole or other.whole,
            lengths=lengths,
            or_zero=self.or_zero or other.or_zero,
        )


def _second(first: float | None, second: float | None) -> float | None:
    return first if second is None else second


def _is_beyond(value: Any) -> bool:
    """Tell whether a whole number, or one of a list, is greater than any backend holds."""
    if isinstance(value, list):
        return any(map(_is_beyond, value))
    return isinstance(value, int) and abs(value) > _GREATEST


def _number(text: str) -> int | float | None:
    try:
        return int(text) if text.strip("+-").isdigit() else float(text)
    except ValueError:
        return None


def _received(value: Any) -> str:
    """Spell a value as YAML does where Python does otherwise."""
    return (
        {None: "null", True: "true", False: "false"}[value]
        if (value is None or isinstance(value, bool))
        else repr(value)
    )


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
