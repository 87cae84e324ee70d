"""Data that is not as it should be: one clear error with its place, or a skip that is listed.

Each case makes real files and goes the way of `python train.py ... debug=data`, in this process:
composed, checked, and where that finds nothing run in a run directory.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import kerascfg
from kerascfg import interpreter
from kerascfg.cli.train import train_job
from kerascfg.look import look_at
from kerascfg.runs import create_run
from tests.data.bad.cases import CASES, Bad

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(interpreter, "look_at", lambda data: look_at(data, seconds=0.01))
    return tmp_path


@pytest.mark.parametrize("bad", CASES.values(), ids=list(CASES))
def test_bad_data_is_one_clear_error_or_a_listed_skip(
    bad: Bad, folder: Path, capsys: pytest.CaptureFixture[str]
):
    bad.make()
    config = kerascfg.load([*bad.overrides, "debug=data"])
    if problems := kerascfg.check(config):
        status, said = 2, "\n".join(map(str, problems))
        assert not (folder / "run").exists()
    else:
        bad.then()
        run = create_run(folder / "run")
        status = train_job(config, run, list)
        printed = capsys.readouterr()
        said = printed.err if status else printed.out
        written = {file.name for file in run.directory.iterdir()} - {".lock"}
        if status:
            assert written <= {"config.yaml", "status.json", "environment.json", "skipped.txt"}
            assert run.status_json()["state"] == "failed"
        else:
            assert ("skipped.txt" in written) == bool(bad.skipped)
    said = " ".join(said.split())
    assert status == bad.status, said
    for part in bad.says:
        assert part in said, said
    if bad.skipped:
        listed = (folder / "run" / "skipped.txt").read_text().splitlines()
        assert len(listed) == len(bad.skipped)
        for line, part in zip(listed, bad.skipped, strict=True):
            assert part in line
