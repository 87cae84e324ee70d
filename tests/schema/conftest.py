"""The schemas, written once, and the real yaml-language-server, installed once into a cache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kerascfg.config.folders import shipped_conf
from kerascfg.schema import write_schemas
from tests.schema.language_server import LanguageServer

ROOT = Path(__file__).parent.parent.parent
_PACKAGE = Path(__file__).parent / "package.json"
_PROGRAM = "node_modules/yaml-language-server/bin/yaml-language-server"


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the shipped `conf/`, and the schemas where its files expect them."""
    folder = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns(".schema")
    shutil.copytree(shipped_conf(), folder / "conf", ignore=ignored)
    write_schemas(folder / "conf" / ".schema", [shipped_conf()])
    return folder


@pytest.fixture(scope="session")
def program() -> Path:
    """The language server's program; the test is skipped where npm is missing."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("needs node and npm, which install the real yaml-language-server")
    (version,) = json.loads(_PACKAGE.read_text())["dependencies"].values()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = home / "kerascfg-tests" / f"yaml-language-server-{version}"
    if not (cache / _PROGRAM).is_file():
        # Installed beside and renamed, so that workers side by side see all of it or nothing.
        beside = cache.with_name(f"{cache.name}-{os.getpid()}")
        beside.mkdir(parents=True)
        shutil.copy(_PACKAGE, beside)
        command = [npm, "install", "--prefix", str(beside), "--no-audit", "--no-fund",
                   "--no-package-lock", "--ignore-scripts"]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        try:
            beside.rename(cache)
        except OSError:  # another worker was faster
            shutil.rmtree(beside)
    return cache / _PROGRAM


@pytest.fixture(scope="session")
def server(program: Path, project: Path):
    with LanguageServer(program, project) as started:
        yield started
