"""A sample of what `benchmarks/disk_full.py` does at every write of a run."""

from __future__ import annotations

import shutil

import pytest

from benchmarks.disk_full import Filler, attempt, small_disk, train_in

pytestmark = pytest.mark.slow
FILES = ("config.yaml", "history.csv", "checkpoints/best.weights.h5", "model.keras")


@pytest.fixture(scope="module")
def filler():
    try:
        with small_disk() as disk:
            yield Filler(disk)
    except (PermissionError, FileNotFoundError) as error:
        pytest.skip(f"a small disk cannot be mounted here: {error}")


def test_a_run_goes_on_after_a_full_disk_as_if_nothing_had_happened(filler, tmp_path):
    filler.arm(filler.disk / "run", None)
    status, said = train_in(filler.disk / "run")
    assert status == 0, said
    written = list(filler.opened)
    filler.disarm()
    whole = shutil.copytree(filler.disk / "run", tmp_path / "whole")
    for name in FILES:
        assert attempt(filler, len(written) - 1 - written[::-1].index(name), name, whole) == []
