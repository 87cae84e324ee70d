import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kerascfg.exporting.bench import measure, milliseconds, resident_bytes
from kerascfg.exporting.target import Target

ROWS = {"x": np.arange(6.0).reshape(3, 2)}


class Counting:
    """An artefact that notes what it was fed."""

    inputs = outputs = ()
    batch: int | None = None
    fed: list[tuple[int, int | None]]

    def __init__(self, directory: Path, threads: int | None = None):
        self.threads = threads

    def __call__(self, feeds):
        self.fed.append((len(feeds["x"]), self.threads))
        return {}


def fed(tmp_path, batch, threaded):
    class Artefact(Counting):
        pass

    Artefact.batch, Artefact.fed = batch, []
    target = Target(
        convert=lambda model, directory: None,
        open=Artefact,
        tolerance=0.0,
        open_with=Artefact if threaded else None,
    )
    found = measure(target, tmp_path, ROWS)
    assert found["load_ms"] >= 0
    return found["latency"], set(Artefact.fed)


def test_an_artefact_of_any_batch_is_timed_with_several_sizes(tmp_path):
    latency, calls = fed(tmp_path, None, threaded=False)
    assert calls == {(1, None), (8, None), (32, None)}
    assert [(entry["batch"], entry["threads"]) for entry in latency] == [
        (1, None), (8, None), (32, None)
    ]  # fmt: skip
    assert all(0 <= entry["p50"] <= entry["p95"] for entry in latency)


def test_a_runtime_that_takes_threads_is_timed_with_one_and_with_all(tmp_path, monkeypatch):
    monkeypatch.setattr("kerascfg.exporting.bench.processors", lambda: 6)
    _, calls = fed(tmp_path, 1, threaded=True)
    assert calls == {(1, 1), (1, 6)}


def test_a_slow_call_is_timed_a_few_times_only(monkeypatch):
    now = iter(range(0, 1000, 1))
    monkeypatch.setattr("kerascfg.exporting.bench.time.perf_counter", lambda: next(now))
    assert milliseconds(lambda: None, 50) == [1000.0] * 5


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="/proc tells of memory on Linux")
def test_memory_counts_the_processes_that_were_started():
    alone = resident_bytes()
    code = "data = bytearray(80_000_000); print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        together = resident_bytes()
        process.communicate(os.linesep.encode())
    assert alone is not None
    assert together is not None
    assert together - alone > 75_000_000
