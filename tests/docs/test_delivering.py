"""What docs/delivering.md says is true: its targets, its kits and its commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from kerascfg.cli import main
from kerascfg.exporting.kits import KITS
from kerascfg.naming import names_of_area

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "delivering.md").read_text(encoding="utf-8")


def rows(title: str) -> dict[str, list[str]]:
    """Return the rows of a section's first table by their first cell."""
    table = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    return {first.strip("`"): rest for first, *rest in cells}


def test_every_target_has_a_row():
    assert set(rows("What runs where")) >= set(names_of_area("target"))


def test_the_clients_are_those_of_the_kits():
    told = {name: cells[0] for name, cells in rows("The kit").items()}
    assert told == {
        kind: "; ".join(f"{client.platform} ({client.checked})" for client in clients)
        for kind, clients in KITS.items()
    }


@pytest.mark.parametrize("line", re.findall(r"python export\.py[^\n]*", PAGE))
def test_nothing_but_the_run_is_wrong_with_its_commands_of_export(line, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    _, _, run, *overrides = shlex.split(line)
    assert run == "run=DIR"
    assert main(["export", run, *overrides]) == 2
    assert capsys.readouterr().err.startswith("1 problem")


@pytest.mark.parametrize("line", re.findall(r"python train\.py[^\n]*", PAGE))
def test_its_commands_of_train_check(line, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    _, _, *overrides = shlex.split(line)
    assert main(["check", *overrides]) == 0, capsys.readouterr().err
