from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kerascfg.errors import ConfigError
from kerascfg.runs import Run, begin_run, continue_run, create_run, essence

CONFIG: dict[str, Any] = {
    "optimizer": {"type": "Adam", "learning_rate": 0.001},
    "train": {"epochs": 3},
    "tracker": {"csv": "csv"},
}


def ended(directory: Path, state: Any) -> Path:
    run = create_run(directory)
    run.write_yaml("config.yaml", CONFIG)
    run.status(state)
    return directory


def refused(directory: Path, config: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as caught:
        continue_run(directory, config)
    return [(problem.path, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_a_run_that_has_not_finished_goes_on(tmp_path: Path, state: str):
    run = begin_run(ended(tmp_path / "run", state), CONFIG)
    assert isinstance(run, Run)
    assert run.before == state
    assert run.status_json()["state"] == "running"


def test_a_killed_run_is_known_by_the_lock_of_a_process_that_is_gone(tmp_path: Path):
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom kerascfg.runs import create_run\n"
        "create_run(Path(sys.argv[1])).write_yaml('config.yaml', {'a': 1})\nos.kill(os.getpid(), 9)"
    )
    root = str(Path(__file__).parent.parent.parent)
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "run")], check=False,
                   env={**os.environ, "PYTHONPATH": root})  # fmt: skip
    run = begin_run(tmp_path / "run", {"a": 1})
    assert run is not None
    assert run.before == "running"


def test_a_run_that_is_at_work_is_left_alone(tmp_path: Path):
    run = create_run(tmp_path / "run")
    run.write_yaml("config.yaml", CONFIG)
    (path, message), *_ = refused(run.directory, CONFIG)
    assert path == "hydra.run.dir"
    assert f"in use by process {os.getpid()}" in message


def test_a_finished_run_of_the_same_config_is_left_as_it_is(tmp_path: Path):
    directory = ended(tmp_path / "run", "finished")
    before = (directory / "status.json").read_bytes()
    assert begin_run(directory, CONFIG) is None
    assert (directory / "status.json").read_bytes() == before
    assert not (directory / ".lock").exists()


def test_what_changes_the_numbers_is_shown_and_refused(tmp_path: Path):
    directory = ended(tmp_path / "run", "stopped")
    changed = {**CONFIG, "optimizer": {"type": "Adam", "learning_rate": 0.01, "beta_1": 0.8}}
    assert refused(directory, changed) == [
        (
            "optimizer.learning_rate",
            "expected 0.001, as the run in this directory was started with. Received: 0.01",
        ),
        (
            "optimizer.beta_1",
            "expected nothing, as the run in this directory was started with. Received: 0.8",
        ),
    ]
    assert not (directory / ".lock").exists()


def test_more_epochs_and_other_trackers_are_harmless(tmp_path: Path):
    changed = {**CONFIG, "train": {"epochs": 9, "resume": "auto"}, "tracker": {}, "export": {}}
    run = continue_run(ended(tmp_path / "run", "finished"), changed)
    assert run is not None
    assert run.before == "finished"


def test_epochs_that_a_schedule_is_made_of_are_not(tmp_path: Path):
    schedule = {"type": "CosineDecay", "decay_steps": "$train.steps"}
    config = {**CONFIG, "optimizer": {"type": "Adam", "learning_rate": schedule}}
    run = create_run(tmp_path / "run")
    run.write_yaml("config.yaml", config)
    run.status("stopped")
    ((path, _),) = refused(run.directory, {**config, "train": {"epochs": 9}})
    assert path == "train.epochs"


def test_a_damaged_config_is_told(tmp_path: Path):
    directory = ended(tmp_path / "run", "stopped")
    (directory / "config.yaml").write_text("a: [")
    ((_, message),) = refused(directory, CONFIG)
    assert "config.yaml cannot be read" in message


def test_the_digest_of_a_config_leaves_out_what_is_harmless():
    same = {**CONFIG, "train": {"epochs": 8}, "tracker": {"tb": "tensorboard"}, "checkpoint": {}}
    assert essence(CONFIG) == essence(same)
    assert essence(CONFIG) != essence({**CONFIG, "seed": 2})


def test_resume_never_takes_the_directory_for_a_mistake(tmp_path: Path):
    directory = ended(tmp_path / "run", "stopped")
    with pytest.raises(ConfigError, match="holds no run yet"):
        begin_run(directory, {**CONFIG, "train": {"resume": "never"}})
