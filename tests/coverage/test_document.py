"""The documentation lists what no config can name: exactly the exceptions of the tests."""

from __future__ import annotations

import re
from pathlib import Path

from .enumeration import read

DOCUMENT = Path(__file__).parents[2] / "docs" / "coverage.md"


def test_the_documentation_lists_exactly_the_exceptions():
    rows = re.findall(
        r"^\| `keras\.([\w.]+)` \| (.+) \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE
    )
    told = {f"{module}.{name}": why for module, names in read("exceptions").items()
            for name, why in names.items()}  # fmt: skip
    assert dict(rows) == told
