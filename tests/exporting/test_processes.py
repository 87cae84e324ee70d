import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from kerascfg.exporting.processes import Step, importable, run_steps

SCRIPTS = {
    "fine": "print('done')",
    "temporary": "import tempfile; print(tempfile.gettempdir())",
    "raising": "raise SystemExit(4)",
    "dying": "import os, signal; print('last words', flush=True); os.kill(os.getpid(), 9)",
    "crashing": "import faulthandler, os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "sleeping": "import os, pathlib, sys, time\n"
    "pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\ntime.sleep(60)",
    "starting": "import pathlib, subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "pathlib.Path(sys.argv[1]).write_text(str(child.pid))\n"
    "time.sleep(60 if sys.argv[1].endswith('argument') else 0)",
    "watching": "import pathlib, sys\n"
    "from kerascfg.exporting.jobs import end_with_parent\n"
    "end_with_parent()\nimport step_starting",
    "exporting": "import pathlib, sys\n"
    "from kerascfg.exporting.processes import Step, run_steps\n"
    "file = pathlib.Path(sys.argv[1])\n"
    "list(run_steps([Step('', 'step_watching', file, file.with_name('watching.log'))], 1))",
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


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_said(file):
    return file.exists() and file.read_text() != ""


def is_gone(process):
    """Tell whether a process has ended; one whose parent is gone too may not be waited for yet."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill(pid, 0) ends a process on Windows")
@pytest.mark.parametrize("name", ["sleeping", "starting"])
def test_no_process_is_left_behind_when_the_export_is_stopped(step, name):
    stopped = step(name)
    ends = run_steps([stopped, step("fine")], 2)
    next(ends)
    wait_for(lambda: is_said(stopped.argument))
    ends.close()
    wait_for(lambda: is_gone(int(stopped.argument.read_text())))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no groups of processes")
def test_what_a_step_started_ends_with_it(step, tmp_path):
    starting = replace(step("starting"), argument=tmp_path / "child")
    (ended,) = run_steps([starting], 1)
    assert ended.death() is None
    wait_for(lambda: is_gone(int((tmp_path / "child").read_text())))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no groups of processes")
def test_what_a_step_started_ends_when_the_export_is_killed(step, tmp_path):
    exporting = step("exporting")
    environment = importable(dict(os.environ))
    command = [sys.executable, "-m", exporting.module, str(exporting.argument)]
    process = subprocess.Popen(command, env=environment)
    wait_for(lambda: is_said(exporting.argument))
    process.kill()
    process.wait()
    wait_for(lambda: is_gone(int(exporting.argument.read_text())))


def test_a_step_has_its_temporary_files_in_the_folder_that_is_swept(step, tmp_path):
    (ended,) = run_steps([step("temporary")], 1)
    assert ended.tail() == str(tmp_path)
