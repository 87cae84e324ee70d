"""The commands of the README, as a user types them: each in a process of its own."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent

_WRITTEN = (
    *("config.yaml", ".hydra/overrides.yaml", "environment.json", "history.csv"),
    *("model.keras", "plots/history.png", "plots/confusion.png", "facts.json"),
    *("exports/deliveries.csv", "exports/deliveries.png", "exports/MODEL_CARD.md"),
)


def command(script: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / script), *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


def train(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command("train.py", *arguments, cwd=cwd)


def only_run(cwd: Path) -> Path:
    (status,) = cwd.glob("runs/*/*/status.json")
    return status.parent


def test_the_default_experiment_delivers_what_it_promises(tmp_path: Path):
    done = train(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    run = only_run(tmp_path)
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["test"]["accuracy"] >= 0.97
    manifest = json.loads((run / "exports" / "manifest.json").read_text())
    deliveries = {entry["target"]: entry for entry in manifest["deliveries"]}
    assert set(deliveries) == {"saved_model", "litert"}
    for entry in deliveries.values():
        assert entry["status"] == "delivered"
        assert entry["max_abs_diff"] <= 1e-5
        assert entry["top1_agreement"] == 1.0
        assert {"p50", "p95"} == set(entry["latency_ms"])
        for file in entry["files"]:
            content = (run / "exports" / file["path"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file["sha256"]
    for name in _WRITTEN:
        assert (run / name).is_file(), name

    card = (run / "exports" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert str(tmp_path) not in card
    again = command("export.py", f"run={run}", "export=[litert]", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "litert" in again.stdout and "saved_model" not in again.stdout
    strict = "export.litert.tolerance=1e-12"
    gate = "gate.targets=[litert]"
    missed = command("export.py", f"run={run}", "export=[litert]", strict, gate, cwd=tmp_path)
    assert missed.returncode == 3, missed.stdout + missed.stderr
    assert "not delivered: litert: output 'head', case" in missed.stderr
    assert "gate not met: litert: failed: output 'head'" in missed.stderr


def test_any_argument_of_any_layer_can_be_set_stated_in_a_file_or_not(tmp_path: Path):
    done = train(
        tmp_path, "optimizer=sgd", "optimizer.learning_rate=0.05", "model.layers.conv1.filters=16",
        "model.layers.conv1.dilation_rate=1", "train.epochs=1", "export=[]",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    import keras

    model = keras.saving.load_model(only_run(tmp_path) / "model.keras", compile=False)
    assert model.get_layer("conv1").filters == 16


def test_a_sweep_ends_with_a_table_over_its_jobs_best_first(tmp_path: Path):
    done = train(
        tmp_path, "-m", "optimizer=adam,sgd,rmsprop", "train.epochs=1", "export=[]",
        "rank_by=test.accuracy",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (board,) = tmp_path.glob("runs/*/*/leaderboard.csv")
    with board.open() as file:
        rows = list(csv.DictReader(file))
    assert {row["overrides"].split()[0] for row in rows} == {
        f"optimizer={name}" for name in ("adam", "sgd", "rmsprop")
    } or len(rows) == 3
    accuracy = [float(row["test.accuracy"]) for row in rows]
    assert accuracy == sorted(accuracy, reverse=True)
    assert len({(job / ".hydra").exists() for job in board.parent.iterdir() if job.is_dir()}) == 1
    for name in ("adam", "sgd", "rmsprop"):
        assert f"optimizer={name}" in done.stdout.split("3 jobs")[1]


def test_a_failed_job_does_not_end_a_sweep_but_its_status(tmp_path: Path):
    rates = "optimizer.learning_rate=1e38,0.01"
    done = train(tmp_path, "-m", rates, "optimizer=sgd", "train.epochs=1", "export=[]")
    assert done.returncode == 1
    assert "the loss became" in done.stderr
    states = [json.loads(f.read_text())["state"] for f in tmp_path.glob("runs/*/*/*/status.json")]
    assert sorted(states) == ["failed", "finished"]


def test_a_wrong_job_anywhere_in_a_sweep_starts_none(tmp_path: Path):
    done = train(tmp_path, "-m", "optimizer=adam,sgdd", "train.epochs=1")
    assert done.returncode == 2
    assert "sgd" in done.stderr
    assert not (tmp_path / "runs").exists()


@contextmanager
def started(script: str, *arguments: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a command as a terminal would: a shell's background jobs ignore Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / script), *arguments],
        cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(folder: Path, pattern: str) -> None:
    deadline = time.monotonic() + 120
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline, f"nothing like {pattern} in {folder}"
        time.sleep(0.1)


on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


@on_posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_run_that_is_stopped_says_so(tmp_path: Path, name: str):
    number = getattr(signal, name)
    with started("train.py", "train.epochs=100000", "export=[]", cwd=tmp_path) as process:
        wait_for(tmp_path, "runs/*/*/history.csv")
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + number, stderr
    assert "Traceback" not in stderr
    run = only_run(tmp_path)
    assert json.loads((run / "status.json").read_text())["state"] == "stopped"
    assert not (run / "model.keras").exists()


def test_a_finished_run_is_left_as_it_is_by_any_command(tmp_path: Path):
    arguments = ("hydra.run.dir=out", "train.epochs=1", "export=[]")
    assert train(tmp_path, *arguments).returncode == 0
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*")}
    for again in (train(tmp_path, *arguments), train(tmp_path, "run=out", "train.epochs=1")):
        assert again.returncode == 0, again.stderr
        assert "out has finished; nothing is left to do" in again.stdout
    other = train(tmp_path, *arguments, "optimizer.learning_rate=0.5")
    assert other.returncode == 2
    assert "as the run in this directory was started with. Received: 0.5" in other.stderr
    assert before == {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*")}


TABLE = [("Rome", 1.5, "old"), ("Oslo", 0.5, "new"), ("", 1.4, "old"), ("Rome", "", "new")]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with texts and gaps, arrays, and a folder of pictures."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    folder = tmp_path_factory.mktemp("files")
    with (folder / "table.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["city", "floor area (m2)", "kind"])
        writer.writerows(TABLE[index % 4] for index in range(80))
    digits = load_digits()
    np.savez(folder / "rows.npz", x=digits.data[:200].astype("float32"), y=digits.target[:200])
    for index in range(60):
        place = folder / "pictures" / str(digits.target[index] % 2)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray((digits.images[index] * 15).astype("uint8")).save(place / f"{index}.png")
    return folder


SOURCES = {
    "csv": ["model=tabular", "data=csv", "data.source.path=table.csv", "data.target=kind"],
    "wine": ["model=tabular", "data=wine"],
    "breast_cancer": ["model=tabular", "data=breast_cancer", "task=binary"],
    "diabetes": ["model=tabular", "data=diabetes", "task=regression"],
    "npz": ["model=tabular", "data=npz", "data.source.path=rows.npz", "data.target=y"],
    "image_folder": [
        "data=image_folder",
        "data.source.path=pictures",
        "data.source.image_size=[8,8]",
    ],
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_trains_with_a_model_that_fits_it(source: str, files: Path, tmp_path: Path):
    import shutil

    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    done = train(tmp_path, *SOURCES[source], "train.epochs=2", "export=[saved_model]")
    assert done.returncode == 0, done.stdout + done.stderr
    run = only_run(tmp_path)
    assert json.loads((run / "status.json").read_text())["state"] == "finished"
    assert (run / "exports" / "saved_model" / "1" / "saved_model.pb").is_file()


@on_posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_an_export_that_is_killed_leaves_nothing_in_the_way_of_the_next(name: str, tmp_path: Path):
    assert train(tmp_path, "train.epochs=1", "export=[]").returncode == 0
    run = only_run(tmp_path)
    number = getattr(signal, name)
    with started("export.py", f"run={run}", "export=[saved_model]", cwd=tmp_path) as process:
        wait_for(run, ".exporting/*/*")
        process.send_signal(number)
        assert process.wait(timeout=60) == (143 if name == "SIGTERM" else -number)
    again = command("export.py", f"run={run}", "export=[saved_model]", cwd=tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr
    assert (run / "exports" / "saved_model" / "1" / "saved_model.pb").is_file()
    assert not (run / ".exporting").exists()
