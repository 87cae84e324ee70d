from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

import pytest

from kerascfg.config.entry import collect


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Stand in a folder of one's own; write files of its `conf/` (`model__mine`: model/mine)."""
    monkeypatch.chdir(tmp_path)

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            file = tmp_path / "conf" / f"{name.replace('__', '/')}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text), encoding="utf-8")
        return tmp_path / "conf"

    return write


@pytest.fixture
def compose(conf):
    """Compose a command line; return the jobs and the problems."""

    def of(*overrides: str, multirun: bool = False, check=None, **flags):
        flags = {"config_dir": None, "config_name": None, **flags}
        args = argparse.Namespace(overrides=list(overrides), multirun=multirun, **flags)
        return collect(args, check or (lambda _: []), checked=check is not None)

    return of


@pytest.fixture
def config(compose):
    """Compose one config that has no problems."""

    def of(*overrides: str) -> dict:
        (job,), problems = compose(*overrides)
        assert problems == []
        return job.config

    return of


@pytest.fixture
def problems(compose):
    """Compose and check; no problem may come twice."""

    def of(*overrides: str, **flags):
        from kerascfg.interpreter import check

        found = compose(*overrides, check=check, **flags)[1]
        assert len({(problem.path, problem.message) for problem in found}) == len(found)
        return found

    return of


@pytest.fixture
def problem(problems):
    """Compose and check what has one problem, and no more."""

    def of(*overrides: str, **flags):
        found = problems(*overrides, **flags)
        assert len(found) == 1, found
        return found[0]

    return of
