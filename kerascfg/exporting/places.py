"""Texts and programs without the places of the machine that they were made on."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"\b[A-Za-z][\w+.-]*://\S+")
_PLACE = re.compile(r"(?<![\w.])(?:[A-Za-z]:|~)?[\\/](?:[^\s'\"`:,;()]+[\\/])+([^\s'\"`:,;()]*)")


def without_places(text: str) -> str:
    """Return a text in which addresses and paths of this machine are shortened to their last name.

    Such texts come from converters and data; they may hold names of users or keys.
    """
    return _PLACE.sub(lambda match: match[1] or "...", _ADDRESS.sub("(address)", text))
