"""A sample of what `benchmarks/run_fuzzing.py` does at large, without TensorFlow."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import kerascfg
from benchmarks.run_fuzzing import fuzz
from kerascfg.exporting.delivery import Delivery, describe_files, write_manifest
from kerascfg.runs import Run, create_run, describe_environment

DIGIT = {"shape": [], "dtype": "int32", "classes": [str(number) for number in range(10)]}
IMAGE = {"shape": [8, 8, 1], "dtype": "float32"}


@pytest.fixture
def finished(tmp_path: Path) -> Run:
    """A run directory as a finished run leaves it, of tiny files."""
    run = create_run(tmp_path / "run")
    run.write_yaml("config.yaml", kerascfg.load(["export=[litert]"]))
    run.write_json("environment.json", describe_environment(1, "abc", ["CPU:0"]))
    run.write_text("history.csv", "epoch,loss,val_loss\n1,0.5,0.6\n2,0.25,0.5\n")
    run.write_json("metrics.json", {"test": {"loss": 0.5, "accuracy": 0.9}})
    facts = {"features": {"image": IMAGE}, "targets": {"digit": DIGIT}}
    run.write_json(
        "facts.json", {"splits": {"test": 4}, "fingerprint": "abc", "notes": [], **facts}
    )
    arrays = {"x/image": np.random.default_rng(0).random((4, 8, 8, 1)), "y/digit": np.arange(4)}
    run.write_arrays("samples.npz", arrays)
    weights = io.BytesIO()
    with h5py.File(weights, "w") as stored:
        stored["layers/dense/vars/0"] = np.arange(64, dtype="float32")
    with run.writing("model.keras") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Functional"}))
        archive.writestr("model.weights.h5", weights.getvalue())
    run.write_text("exports/litert/model.tflite", "TFL3" * 100)
    exports = run.path("exports")
    files = describe_files(exports, exports / "litert")
    write_manifest(run.directory, [Delivery("litert", "delivered", files=files)])
    run.status("finished")
    return run


def test_of_damaged_runs_every_reader_says_so_or_what_is_true(finished: Run):
    result = fuzz(finished.directory, count=24, seed=5, heavy=False)
    assert result["findings"] == []
    assert all(0 < refused < 24 for reader, refused in result["refused"].items()
               if reader in ("export", "serve", "comparison"))  # fmt: skip
