"""Every wrong command gets one message, with the right path, place and way out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kerascfg.cli.check import main
from tests.corpus.cases import ROOT, Case, wrong_cases

CASES = wrong_cases()
EVERY = 40
"""Of so many cases one is run as a command of its own too."""
HEAVY = ("keras", "tensorflow", "numpy")


def test_the_corpus_is_large_and_says_each_mistake_once():
    assert len(CASES) >= 120
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_gets_one_right_message(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    case.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["--json", *case.arguments]) == 2
    expect_answer(case, json.loads(capsys.readouterr().out)["problems"])


@pytest.mark.parametrize("case", CASES[::EVERY], ids=lambda case: case.name)
def test_the_command_says_so_without_anything_heavy(case: Case, tmp_path: Path):
    case.write(tmp_path)
    code = (
        "import sys; from kerascfg.cli import main; status = main(sys.argv[1:]);"
        f"print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "--json", *case.arguments],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr.strip()) == (2, "[]")
    expect_answer(case, json.loads(done.stdout)["problems"])


def expect_answer(case: Case, problems: list[dict]) -> None:
    assert len(problems) == 1, problems
    (problem,) = problems
    expected = case.expected
    assert problem["path"] == expected["path"]
    place = (problem["place"] or "").removeprefix(f"{ROOT.as_posix()}/")
    assert place == expected["place"] or place.startswith(f"{expected['place']}:"), place
    for key, said in (("message", "says"), ("hint", "hint")):
        assert expected.get(said, "") in (problem[key] or ""), problem
    if "fix" in expected:
        assert problem["fix"] == expected["fix"]
    assert {"says", "hint", "fix"} & expected.keys()
