from __future__ import annotations

import itertools
import textwrap
from pathlib import Path

import pytest

from kerascfg.naming import trust

_numbers = itertools.count()


@pytest.fixture
def write_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write modules of a new package, which can be found; `PKG` in a text is its name."""
    package = f"package_{next(_numbers)}"
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(**texts: str) -> str:
        folder = tmp_path / package
        folder.mkdir(exist_ok=True)
        for name, text in {"__init__": "", **texts}.items():
            code = textwrap.dedent(text).replace("PKG", package)
            (folder / f"{name}.py").write_text(code)
        return package

    return write


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, with nothing trusted."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("KERASCFG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KERASCFG_PLUGINS", raising=False)
    trust.listed_plugins.cache_clear()
    yield folder
    trust.listed_plugins.cache_clear()
