"""Hostile configs execute nothing, take little, and get one message each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kerascfg.errors import ConfigError, Problem, print_problems
from tests.corpus import attack_files
from tests.corpus.cases import ROOT, Case, read_cases

CASES = read_cases(*sorted((Path(__file__).parent / "attack").glob("*.yaml")))
GUARDED = Path(__file__).with_name("guarded.py")
SECONDS = 30

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded by Linux")


def test_the_corpus_is_large():
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_attack_executes_nothing_and_gets_one_message(case: Case, tmp_path: Path):
    arguments = prepare(case, tmp_path)
    before = sorted(tmp_path.rglob("*"))
    done = subprocess.run(
        [sys.executable, GUARDED, *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "KERASCFG_HOME": str(tmp_path / "home")},
        capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "")
    assert sorted(tmp_path.rglob("*")) == before
    problems = json.loads(done.stdout)["problems"]
    assert len(problems) == 1, problems
    text = str(Problem(**problems[0]))
    assert len(text) < 5_000
    assert "secret" not in text
    assert text.replace("\n", "").isprintable()


def prepare(case: Case, folder: Path) -> list[str]:
    """Write the files of a case; return its arguments."""
    if rule := case.expected.get("make"):
        arguments, files = getattr(attack_files, rule)()
        Case(case.name, tuple(arguments), files, "utf-8", {}).write(folder)
        return arguments
    case.write(folder)
    for link, target in case.expected.get("links", {}).items():
        (folder / link).parent.mkdir(parents=True, exist_ok=True)
        (folder / link).symlink_to(folder / target)
    return list(case.arguments)


def test_what_a_file_says_does_not_steer_the_terminal(capsys: pytest.CaptureFixture):
    print_problems(ConfigError(Problem("a\x1b[31m", "\x1b]0;x\x07", "\u202e", "\x9b2J")).problems)
    said = capsys.readouterr().err
    assert said.replace("\n", "").isprintable()
