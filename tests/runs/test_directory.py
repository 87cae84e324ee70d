"""The directory of a run: one owner, files that are whole, a status that is true."""

import json
import os
import platform
import re
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from kerascfg.errors import ConfigError, RunError
from kerascfg.runs import create_run, create_sweep, default_directory, open_run


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


# One run for one directory


def test_a_new_run_is_locked_and_running(tmp_path):
    run = create_run(tmp_path / "runs" / "digits")
    assert run.status_json()["state"] == "running"
    owner = json.loads(run.path(".lock").read_text())
    assert (owner["pid"], owner["host"]) == (os.getpid(), platform.node())


def test_a_directory_in_which_hydra_wrote_first_is_fine(tmp_path):
    (tmp_path / ".hydra").mkdir()
    assert create_run(tmp_path).status_json()["state"] == "running"


def test_a_directory_that_holds_a_run_is_refused_and_stays_as_it_was(tmp_path):
    create_run(tmp_path).status("finished")
    before = (tmp_path / "status.json").read_text()
    with pytest.raises(ConfigError, match=r"holds no run yet. Received: hydra.run.dir="):
        create_run(tmp_path)
    assert (tmp_path / "status.json").read_text() == before
    assert not (tmp_path / ".lock").exists()


def test_a_file_in_the_way_is_a_problem_of_the_key_that_named_it(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError) as raised:
        create_run(tmp_path / "file", path="hydra.sweep.dir")
    assert raised.value.problems[0].path == "hydra.sweep.dir"


def test_the_end_of_a_run_gives_up_its_lock(tmp_path):
    run = create_run(tmp_path)
    run.status("running")
    assert run.path(".lock").exists()
    run.status("stopped")
    assert not run.path(".lock").exists()


# One sweep for one directory


def test_a_sweep_is_locked_until_it_is_released(tmp_path):
    lock = create_sweep(tmp_path / "sweep")
    with pytest.raises(ConfigError, match=r"hydra.sweep.dir=.* is in use by process"):
        create_sweep(tmp_path / "sweep")
    lock.release()
    create_sweep(tmp_path / "sweep").release()


# Status


def test_status_keeps_the_start_and_sets_the_end(tmp_path):
    run = create_run(tmp_path)
    started = run.status_json()
    assert started["ended"] is None
    run.status("running", "epoch 1")
    run.status("failed", "the disk is full", exit_status=1)
    ended = run.status_json()
    assert (ended["state"], ended["message"]) == ("failed", "the disk is full")
    assert ended["exit_status"] == 1
    assert ended["started"] == started["started"]
    assert datetime.fromisoformat(ended["ended"]) >= datetime.fromisoformat(ended["started"])


# Files


def test_json_is_plain_and_strict(tmp_path):
    run = create_run(tmp_path)
    run.write_json(
        "metrics.json",
        {
            "test": {"loss": np.float32(0.5), "accuracy": float("nan"), "count": np.int64(3)},
            "names": ("ä", Path("a") / "b"),
            "matrix": np.array([[1.0, np.inf]]),
        },
    )
    text = run.path("metrics.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=pytest.fail) == {
        "test": {"loss": 0.5, "accuracy": None, "count": 3},
        "names": ["ä", "a/b"],
        "matrix": [[1.0, None]],
    }


def test_a_value_that_json_cannot_hold_leaves_the_old_file(tmp_path):
    run = create_run(tmp_path)
    run.write_json("metrics.json", {"test": {"loss": 1.0}})
    with pytest.raises(TypeError, match="Received: object"):
        run.write_json("metrics.json", {"test": object()})
    assert run.metrics() == {"test": {"loss": 1.0}}


def test_a_config_comes_back_as_it_was(tmp_path):
    config = {
        "name": "Zürich: 1",
        "text": ["1e-4", "on", "12:30", "010", "null", "1_000", "$data.classes", "a\nb"],
        "rates": [1e-05, 0.1, 1e20],
        "none": None,
        "flag": True,
        "shape": [8, 8, 1],
    }
    run = create_run(tmp_path)
    run.write_yaml("config.yaml", config)
    assert run.config() == config
    assert list(run.config()) == list(config)


def test_yaml_1_2_readers_understand_the_config_alike(tmp_path):
    omegaconf = pytest.importorskip("omegaconf")
    config = {"text": ["1e-4", "1.5e3", ".5e1", "on", "12:30"], "rates": [1e-05, 1e20]}
    file = create_run(tmp_path).write_yaml("config.yaml", config)
    assert omegaconf.OmegaConf.to_container(omegaconf.OmegaConf.load(file)) == config


def test_a_path_may_not_leave_the_directory(tmp_path):
    run = create_run(tmp_path / "run")
    assert run.path("plots/history.png") == tmp_path / "run" / "plots" / "history.png"
    for name in ("../other", "/etc/passwd", "plots/../../other"):
        with pytest.raises(RunError, match="expected a path inside"):
            run.path(name)


def test_writing_gives_a_file_its_name_at_the_end(tmp_path):
    run = create_run(tmp_path)
    with run.writing("exports/model.bin") as path:
        path.write_bytes(b"1")
        assert not run.path("exports/model.bin").exists()
    assert run.path("exports/model.bin").read_bytes() == b"1"


# Reading


def test_open_run_reads_what_was_written(tmp_path):
    create_run(tmp_path).write_json("metrics.json", {"test": {"loss": 0.25}})
    run = open_run(str(tmp_path))
    assert run.metrics()["test"]["loss"] == 0.25
    assert run.status_json()["state"] == "running"


def test_open_run_names_the_runs_below(tmp_path):
    create_run(tmp_path / "first")
    os.utime(tmp_path / "first" / "status.json", (1, 1))
    create_run(tmp_path / "second")
    with pytest.raises(ConfigError, match=r"2 runs lie below it, newest: .*second") as raised:
        open_run(tmp_path)
    assert raised.value.problems[0].fix == f"run={tmp_path / 'second'}"
    with pytest.raises(ConfigError, match="there is no such directory"):
        open_run(tmp_path / "nowhere")


def test_what_a_failed_run_lacks_is_explained_by_its_status(tmp_path):
    run = create_run(tmp_path)
    run.status("failed", "loss became NaN in epoch 3")
    with pytest.raises(RunError, match=r"no metrics.json; the run is failed: loss became NaN"):
        open_run(tmp_path).metrics()
    with pytest.raises(RunError, match=r"no config.yaml"):
        run.config()
    run.write_text("config.yaml", "a: [1")
    with pytest.raises(RunError, match="cannot be read"):
        run.config()


# Names


def test_default_directories_need_no_quotes_and_differ():
    first, second = default_directory("digits"), default_directory("digits")
    assert re.fullmatch(
        rf"runs/digits/\d{{4}}-\d\d-\d\d_\d\d-\d\d-\d\d-\d{{6}}-{os.getpid()}", first.as_posix()
    )
    assert first != second
    assert default_directory("digits", "sweep").name.endswith("-sweep")


@pytest.mark.parametrize(
    ("name", "part"),
    [("a b/c=(1)", "a_b_c_1_"), ("../..", "_"), ("..", "run"), ("", "run"), ("Größe", "Gr_e")],
)
def test_a_name_becomes_one_safe_directory(name, part):
    assert default_directory(name).parts[:2] == ("runs", part)
