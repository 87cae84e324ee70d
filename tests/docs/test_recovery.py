"""What docs/recovery.md says of keys and signals is what the code does."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from kerascfg.runs.resuming import HARMLESS
from kerascfg.training import read_checkpoint, read_train

PAGE = (Path(__file__).parents[2] / "docs" / "recovery.md").read_text(encoding="utf-8")


def test_every_key_that_may_change_is_named():
    (listed,) = re.findall(r"is taken over: (.*?)\.\n", PAGE, re.DOTALL)
    assert set(re.findall(r"`([\w.]+)`", listed)) == {*HARMLESS} - {"language"}


@pytest.mark.parametrize("every", re.findall(r"`checkpoint\.every=(\w+)`", PAGE))
def test_every_interval_is_read(every: str):
    given = None if every == "null" else int(every) if every.isdecimal() else every
    assert read_checkpoint({"every": given})[1] == []


def test_the_defaults_of_a_rollback_are_told():
    train = read_train(None)
    assert f"`train.rollback_factor` ({train.rollback_factor})" in PAGE
    assert f"`train.rollbacks` ({train.rollbacks})" in PAGE


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="Windows lacks the signal")
def test_every_exit_status_is_that_of_its_signal():
    rows = re.findall(r"^\| (SIG\w+) \|[^|]*\|[^|]*?(\d{3})[^|]*\|$", PAGE, re.MULTILINE)
    assert len(rows) == 3
    for name, status in rows:
        assert int(status) == 128 + getattr(signal, name)
