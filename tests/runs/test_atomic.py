"""A file is there whole or not at all."""

import subprocess
import sys

import pytest

from kerascfg.errors import RunError
from kerascfg.runs import DiskError, atomic, expect_space_for_run, replacing


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
    with pytest.raises(OSError, match=r"no space left on device, .* MiB are left"):
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


def test_what_the_disk_does_not_say_is_not_taken_for_its_word(tmp_path):
    with pytest.raises(OSError, match="boom") as raised, replacing(tmp_path / "file"):
        raise OSError("boom")
    assert not isinstance(raised.value, DiskError)


def test_a_disk_that_libraries_tell_of_in_words_alone_is_recognised(tmp_path):
    said = (
        "Unable to write (file write failed: errno = 28, error message = 'No space left on device')"
    )
    with pytest.raises(DiskError, match="file cannot be written"), replacing(tmp_path / "file"):
        raise OSError(said)


def test_the_room_for_a_run_is_told_by_its_parts(tmp_path):
    config = {"callbacks": {"best": {"type": "BestCheckpoint"}}, "export": {"litert": {}}}
    with pytest.raises(RunError) as raised:
        expect_space_for_run(tmp_path, config, 2**40, 2**39)
    assert "what the run will write (model.keras 1048576.0 MiB, checkpoints" in str(raised.value)
    assert "best weights 2097152.0 MiB" in str(raised.value)
    expect_space_for_run(tmp_path, config, 1000, 1000)
    assert not list(tmp_path.iterdir())
