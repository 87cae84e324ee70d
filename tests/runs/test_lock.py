"""A directory has one owner, whose end gives it free."""

import json
import os
import platform
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from kerascfg.errors import RunError
from kerascfg.runs import lock as locks
from kerascfg.runs.lock import lock_directory, read_owner

RUNS = 50
ROOT = Path(__file__).parents[2]


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def write_lock(directory: Path, **owner) -> Path:
    (directory / ".lock").write_text(json.dumps({"pid": 1, "host": "elsewhere", **owner}))
    return directory / ".lock"


def start(program: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the directory."""
    process = start(
        "import time; from pathlib import Path; from kerascfg.runs import lock_directory\n"
        f"lock = lock_directory(Path({str(tmp_path)!r})); print('held', flush=True); time.sleep(60)"
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_lock_is_free_again_after_its_release(tmp_path):
    lock = lock_directory(tmp_path)
    with pytest.raises(RunError, match=rf"in use by process {os.getpid()} on "):
        lock_directory(tmp_path)
    lock.release()
    lock_directory(tmp_path).release()
    lock.release()
    assert names(tmp_path) == []


def test_the_owner_is_told_with_its_process_machine_and_time(tmp_path, holder):
    said = rf"in use by process {holder.pid} on {platform.node()} since 20.*remove .*\.lock"
    with pytest.raises(RunError, match=said):
        lock_directory(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_what_a_killed_process_left_is_taken_over(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert names(tmp_path) == [".lock"]
    lock_directory(tmp_path)
    owner = read_owner(tmp_path)
    assert owner is not None and owner.pid == os.getpid()


def test_a_living_process_that_was_given_a_dead_ones_number_is_not_taken_for_it(tmp_path):
    write_lock(tmp_path, pid=os.getppid(), host=platform.node(), machine=locks._machine())
    lock_directory(tmp_path).release()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', "\x00\xff"])
def test_a_lock_file_that_nobody_can_read_and_nobody_holds_is_taken_over(tmp_path, text):
    (tmp_path / ".lock").write_text(text, encoding="latin-1")
    lock_directory(tmp_path).release()


def test_what_another_machine_left_long_ago_is_taken_over(tmp_path):
    file = write_lock(tmp_path)
    os.utime(file, (1, 1))
    lock_directory(tmp_path)
    owner = read_owner(tmp_path)
    assert owner is not None and owner.pid == os.getpid()
    assert names(tmp_path) == [".lock"]


def test_an_owner_on_another_machine_that_gives_signs_of_life_keeps_its_lock(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "BEAT_SECONDS", 0.1)
    file = write_lock(tmp_path)
    stop = threading.Event()

    def beat():
        while not stop.wait(0.02):
            os.utime(file)

    alive = threading.Thread(target=beat)
    alive.start()
    try:
        with pytest.raises(RunError, match="in use by process 1 on elsewhere"):
            lock_directory(tmp_path)
    finally:
        stop.set()
        alive.join()
    assert json.loads(file.read_text())["host"] == "elsewhere"


def test_an_owner_on_another_machine_that_falls_silent_loses_its_lock(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(locks, "SILENT_SECONDS", 0.3)
    write_lock(tmp_path)
    lock_directory(tmp_path).release()


def test_a_holder_gives_signs_of_life(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "BEAT_SECONDS", 0.01)
    lock = lock_directory(tmp_path)
    os.utime(lock.file, (1, 1))
    deadline = time.monotonic() + 10
    while lock.file.stat().st_mtime == 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert lock.file.stat().st_mtime > 1
    lock.release()


def test_a_directory_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(locks.os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        lock_directory(tmp_path)
    assert names(tmp_path) == []


RACER = """
import sys, time
from pathlib import Path
from kerascfg.errors import ConfigError
from kerascfg.runs import create_run, default_directory
assert not {"tensorflow", "keras", "numpy"} & set(sys.modules)
place, go = Path(sys.argv[1]), Path(sys.argv[2])
directory = place if sys.argv[3] == "same" else place / default_directory("digits")
print("ready", flush=True)
while not go.exists():
    time.sleep(0.001)
try:
    run = create_run(directory)
except ConfigError as error:
    print(error)
    sys.exit(2)
run.write_text("mine.txt", sys.argv[4])
time.sleep(1)
print(run.path("mine.txt").read_text(), run.directory.name)
"""


def race(place: Path, go: Path, where: str) -> list[tuple[int, str]]:
    """Start many runs that wait for a sign and go on at once; return how each ended."""
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(place), str(go), where, str(number)],
            stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )
        for number in range(RUNS)
    ]  # fmt: skip
    for racer in racers:
        assert racer.stdout is not None and racer.stdout.readline() == "ready\n"
    go.write_text("")
    said = [racer.communicate()[0] for racer in racers]
    return [(racer.returncode, text) for racer, text in zip(racers, said, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize("left", ["nothing", "a stale lock"])
def test_of_fifty_runs_with_one_directory_one_gets_it_and_the_others_say_whose_it_is(
    tmp_path, left
):
    run = tmp_path / "run"
    if left == "a stale lock":
        run.mkdir()
        write_lock(run, pid=os.getppid(), host=platform.node(), machine=locks._machine())
    ended = race(run, tmp_path / "go", "same")
    assert sorted(status for status, _ in ended) == [0] + [2] * (RUNS - 1)
    (winner,) = (number for number, (status, _) in enumerate(ended) if status == 0)
    assert ended[winner][1] == f"{winner} run\n"
    owners = {json.loads((run / ".lock").read_text())["pid"], os.getppid()}  # or who was before
    for status, text in ended:
        said = re.search(r"in use by process (\d+) on ", text)
        assert status == 0 or (said and int(said[1]) in owners), text


@pytest.mark.slow
def test_fifty_runs_that_start_in_one_folder_get_fifty_directories(tmp_path):
    ended = race(tmp_path, tmp_path / "go", "own")
    assert all(status == 0 for status, _ in ended), ended
    assert sorted(int(text.split()[0]) for _, text in ended) == list(range(RUNS))
    assert len({text.split()[1] for _, text in ended}) == RUNS
