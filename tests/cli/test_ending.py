"""How commands end that are stopped, or that cannot write what they made."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

resource = pytest.importorskip("resource", reason="no limits of processes on Windows")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
BIG = 2 * 1024  # bytes that a file may have, fewer than each command writes


def run(*arguments, cwd, limited=False):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (BIG, BIG))

    return subprocess.run(
        [sys.executable, "-m", "kerascfg", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        preexec_fn=limit if limited else None,
    )


def test_schemas_that_cannot_be_written_leave_no_half_file(tmp_path):
    ended = run("schema", "-o", "s", cwd=tmp_path, limited=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "File too large" in ended.stderr and "Traceback" not in ended.stderr
    assert all(file.stat().st_size < BIG for file in tmp_path.rglob("*.json"))
    assert not list(tmp_path.rglob(".*.json"))


def test_a_file_that_cannot_be_upgraded_stays_as_it_is(tmp_path):
    text = "layers:\n" + "".join(
        f"  dense{number}: {{_target_: keras.layers.Dense, units: 4}}\n" for number in range(60)
    )
    (tmp_path / "model.yaml").write_text(text)
    ended = run("upgrade", "model.yaml", "--write", cwd=tmp_path, limited=True)
    assert ended.returncode == 1
    assert "model.yaml was not changed: File too large" in ended.stderr
    assert (tmp_path / "model.yaml").read_text() == text
    assert [file.name for file in tmp_path.iterdir()] == ["model.yaml"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "flag"), [(["to-python", "-o"], "-o"), (["show", "--svg"], "--svg")]
)
def test_a_text_that_cannot_be_written_leaves_no_half_file(arguments, flag, tmp_path):
    ended = run(*arguments, "made", "model=resnet18", cwd=tmp_path, limited=True)
    assert ended.returncode == 2
    assert f"{flag}  (command line)" in ended.stderr and "File too large" in ended.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_pictures_that_cannot_be_written_are_told_in_a_line(tmp_path):
    ended = run("data", "--out", "look", cwd=tmp_path, limited=True)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "look: the pictures cannot be written. File too large"
    assert "Traceback" not in ended.stderr
    assert not list((tmp_path / "look").iterdir())


def test_a_command_that_is_interrupted_says_so_in_a_line(tmp_path):
    script = (
        "import os, signal\n"
        "from kerascfg.cli.running import run_subcommand\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's & ignores it
        "stop = lambda argv: os.kill(os.getpid(), signal.SIGINT) or 0\n"
        "raise SystemExit(run_subcommand([], '', stop))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=ENVIRONMENT
    )
    assert ended.returncode == 128 + signal.SIGINT
    assert ended.stderr == "Stopped by SIGINT.\n"
