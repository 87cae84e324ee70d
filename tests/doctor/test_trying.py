import os
import sys

import pytest

from kerascfg.doctor.trying import AGAIN, try_strategies

TENSORFLOW = """\
import os, signal, sys, time

class config:
    @staticmethod
    def list_physical_devices(kind=None):
        {looking}
        return []
"""


@pytest.fixture
def tensorflow(tmp_path, monkeypatch):
    """Write a TensorFlow that sees no GPU, and whatever else comes of looking for one."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))

    def write(looking):
        code = TENSORFLOW.format(looking=looking)
        (tmp_path / "tensorflow.py").write_text(code, encoding="utf-8")

    return write


def test_each_strategy_answers_for_itself(tensorflow):
    tensorflow("pass")
    made = try_strategies(["cpu", "gpu"])
    assert made["cpu"]["works"]
    assert made["cpu"]["reason"].startswith("CPU:0: the processor")
    assert not made["gpu"]["works"]
    assert "TensorFlow sees no GPU" in made["gpu"]["reason"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_a_strategy_that_crashes_leaves_the_others_their_answers(tensorflow):
    tensorflow("if kind and sys.argv[2] == 'gpu': os.kill(os.getpid(), signal.SIGSEGV)")
    made = try_strategies(["gpu", "cpu"])
    assert made["gpu"]["reason"] == "TensorFlow does not start: its process was ended by SIGSEGV"
    assert made["cpu"]["works"]


def test_what_takes_too_long_is_told_from_what_is_broken(tensorflow):
    tensorflow("time.sleep(60)")
    made = try_strategies(["cpu"], limit_seconds=2)
    told = {"works": False, "reason": "its process did not answer in 2 s", "fix": AGAIN}
    assert made == {"cpu": told}
