import os
import sys
import time

import pytest

from kerascfg.exporting.processes import Step, run_steps

SCRIPTS = {
    "fine": "print('done')",
    "raising": "raise SystemExit(4)",
    "dying": "import os, signal; print('last words', flush=True); os.kill(os.getpid(), 9)",
    "crashing": "import faulthandler, os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "sleeping": "import os, pathlib, sys, time\n"
    "pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\ntime.sleep(60)",
}


@pytest.fixture
def step(tmp_path, monkeypatch):
    for name, code in SCRIPTS.items():
        (tmp_path / f"step_{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return lambda name: Step(name, f"step_{name}", tmp_path / "argument", tmp_path / f"{name}.log")


def test_a_process_that_ends_well_has_no_death(step):
    (ended,) = run_steps([step("fine")], 1)
    assert ended.death() is None
    assert ended.tail() == "done"
    assert 0 < ended.seconds < 30


def test_a_status_is_told(step):
    (ended,) = run_steps([step("raising")], 1)
    assert ended.death() == "its process ended with status 4"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_a_signal_is_told_by_name_with_the_last_words(step):
    (ended,) = run_steps([step("dying")], 1)
    death = ended.death()
    assert death is not None
    assert death.startswith("its process was ended by SIGKILL (killed")
    assert "memory" in death
    assert ended.tail() == "last words"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_a_segmentation_fault_is_told_with_the_line_it_came_from(step):
    (ended,) = run_steps([step("crashing")], 1)
    death = ended.death()
    assert death is not None
    assert "SIGSEGV (segmentation fault)" in death
    assert "step_crashing.py" in ended.tail()


def test_all_steps_are_run_however_few_at_once(step):
    keys = [ended.step.key for ended in run_steps([step("fine"), step("raising")], 1)]
    assert keys == ["fine", "raising"]


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill(pid, 0) ends a process on Windows")
def test_no_process_is_left_behind_when_the_export_is_stopped(step):
    sleeping = step("sleeping")
    ends = run_steps([sleeping, step("fine")], 2)
    next(ends)
    deadline = time.monotonic() + 30
    while not sleeping.argument.exists() or not sleeping.argument.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    ends.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(sleeping.argument.read_text()), 0)
