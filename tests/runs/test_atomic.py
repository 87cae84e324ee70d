"""A file is there whole or not at all."""

import subprocess
import sys

import pytest

from kerascfg.runs import atomic, replacing


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def test_replaces_the_file_and_leaves_nothing_beside(tmp_path):
    file = tmp_path / "deep" / "model.keras"
    for content in ("one", "two"):
        with replacing(file) as path:
            assert path.suffix == ".keras"
            path.write_text(content)
    assert file.read_text() == "two"
    assert names(file.parent) == ["model.keras"]


def test_a_failure_while_writing_leaves_the_old_file(tmp_path):
    file = tmp_path / "model.keras"
    file.write_text("old")
    with pytest.raises(ValueError, match="in the middle"), replacing(file) as path:
        path.write_text("half of the n")
        raise ValueError("in the middle")
    assert file.read_text() == "old"
    assert names(tmp_path) == ["model.keras"]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "metrics.json"
    file.write_text("old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        atomic.write_text(file, "new")
    assert file.read_text() == "old"
    assert names(tmp_path) == ["metrics.json"]


def test_a_killed_process_leaves_the_old_file(tmp_path):
    file = tmp_path / "model.keras"
    file.write_text("old")
    program = f"""
import os
from pathlib import Path
from kerascfg.runs import replacing
with replacing(Path({str(file)!r})) as path:
    path.write_text("half of the n")
    os._exit(9)  # no `finally`, as when it is killed
"""
    assert subprocess.run([sys.executable, "-c", program]).returncode == 9
    assert file.read_text() == "old"


def test_a_full_disk_is_told_before_anything_is_written(tmp_path, monkeypatch):
    import shutil
    from types import SimpleNamespace

    import pytest

    from kerascfg.errors import RunError
    from kerascfg.runs import expect_space

    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3 * 2**20))
    expect_space(tmp_path, 2**20)
    with pytest.raises(RunError, match=r"3\.0 MiB left and 6\.0 MiB"):
        expect_space(tmp_path, 4 * 2**20)
