"""What docs/serving.md says of the command is what the command takes."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields
from pathlib import Path

from kerascfg.serving import Settings, read_settings
from kerascfg.serving.statuses import HTTP, TooLargeError

PAGE = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")


def test_every_argument_is_named_with_its_default():
    rows = dict(re.findall(r"^\| `(\w+)=([^`]*)` \|", PAGE, re.MULTILINE))
    defaults = {field.name: field.default for field in fields(Settings)}
    assert list(rows) == list(defaults)
    for name, text in rows.items():
        assert text in (str(defaults[name]), "DIR", "NAME")


def test_every_command_is_read():
    commands = re.findall(r"^kerascfg serve (.*)$", PAGE, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        read_settings([word for word in shlex.split(command) if word != "--json"])


def test_every_status_is_that_of_its_code():
    rows = re.findall(r"^\| (\d{3}) \| (\w+) \|", PAGE, re.MULTILINE)
    said = {code: int(status) for status, code in rows}
    assert said.pop("RESOURCE_EXHAUSTED") == TooLargeError(1).http
    assert len(said) == 5
    assert all(HTTP[code] == status for code, status in said.items())
