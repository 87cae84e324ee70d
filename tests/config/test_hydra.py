"""What `hydra.main` composes is what was checked: here, in `--cfg job`, in `.hydra/`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kerascfg.config.entry import Command, run_command
from kerascfg.runs import Run, create_sweep

HARD = [
    "optimizer/schedule=cosine",
    "optimizer.learning_rate=0.3",
    "model.layers.conv1.units=3",
    "model.layers.conv1.type=Dense",
    "model.layers.pool.strides=2",
    "~model.layers.drop",
    "+optimizer.clipnorm=1",
    'model.layers.head.units="$(2 * data.classes)"',
    "name=Grüße aus ${optimizer.type}",
    "export=[litert]",
    "callbacks={}",
]


class Recorder:
    """A command that keeps what its jobs were given."""

    def __init__(self, status: int = 0, wrong: Any = None):
        self.status, self.wrong = status, wrong
        self.configs: list[dict] = []
        self.opened: list[Path] = []
        self.done: list[Path] = []

    def run(self, *argv: str) -> int:
        return run_command(list(argv), Command("train", self.check, self.job, self.name,
                                               self.open, create_sweep, self.finish))  # fmt: skip

    def check(self, config: dict) -> list:
        return [self.wrong] if self.wrong else []

    def job(self, config: dict, run: Run, locate: Callable) -> int:
        self.configs.append(config)
        return self.status

    def name(self, name: str, kind: str) -> Path:
        return Path("runs") / f"{name}-{kind}"

    def open(self, directory: Path, config: dict) -> Run:
        self.opened.append(directory)
        return Run(directory)

    def finish(self, directory: Path, config: Any) -> int:
        self.done.append(directory)
        return 0


@pytest.fixture
def recorder(conf, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setattr(sys, "argv", ["train.py"])
    return Recorder()


def hydras(directory: Path) -> dict:
    return yaml.safe_load((directory / ".hydra" / "config.yaml").read_text())


def test_a_job_is_given_what_was_checked(recorder, config, capsys):
    checked = config(*HARD)
    assert recorder.run(*HARD) == 0
    assert recorder.configs == [checked]
    (directory,) = recorder.opened
    raw = hydras(directory)
    assert raw.pop("name") == "Grüße aus ${optimizer.type}"
    assert raw == {key: value for key, value in checked.items() if key != "name"}
    overrides = yaml.safe_load((directory / ".hydra" / "overrides.yaml").read_text())
    assert overrides[:2] == HARD[:2]

    assert "model/cnn" in capsys.readouterr().out
    assert recorder.run("--cfg", "job", *HARD) == 0
    assert yaml.safe_load(capsys.readouterr().out) == {**raw, "name": hydras(directory)["name"]}


def test_a_users_config_without_self_is_composed_alike(conf, recorder, config):
    conf(config="defaults: [{optimizer: adam}]\noptimizer: {learning_rate: 0.5}\nname: x")
    assert recorder.run() == 0
    assert recorder.configs == [config()]


def test_the_jobs_of_a_sweep_are_given_what_was_checked(recorder, compose):
    sweep = ["optimizer=sgd,lion", "model.layers.conv1.type=Dense,Conv2D", "seed=2"]
    jobs, _ = compose(*sweep, multirun=True)
    assert recorder.run(*sweep[:1], "-m", *sweep[1:]) == 0
    assert recorder.configs == [job.config for job in jobs]
    assert [hydras(directory) for directory in recorder.opened] == recorder.configs
    assert [directory.name for directory in recorder.opened] == ["0", "1", "2", "3"]
    assert recorder.done == [Path("runs/digits_cnn-sweep")]


def test_the_directory_is_where_the_command_line_says(recorder):
    assert recorder.run("hydra.run.dir=my runs/a=b/${name}") == 0
    assert recorder.opened == [Path("my runs/a=b/digits_cnn")]
    assert (recorder.opened[0] / ".hydra" / "config.yaml").is_file()


def test_a_sweep_is_refused_while_another_is_at_work_in_its_directory(recorder, capsys):
    lock = create_sweep(Path("all"))
    assert recorder.run("-m", "seed=1,2", "hydra.sweep.dir=all") == 2
    assert "hydra.sweep.dir=all" in capsys.readouterr().err
    lock.release()


def test_the_directories_of_a_sweep_are_where_the_command_line_says(recorder):
    arguments = ["-m", "seed=1,2", "hydra.sweep.dir=all/${name}", "hydra.sweep.subdir=seed${seed}"]
    assert recorder.run(*arguments) == 0
    here = [place.relative_to(Path.cwd()).as_posix() for place in recorder.opened]
    assert here == ["all/digits_cnn/seed1", "all/digits_cnn/seed2"]


def test_the_status_of_a_job_is_that_of_the_command(recorder):
    recorder.status = 3
    assert recorder.run() == 3


def test_a_wrong_config_opens_nothing(recorder, capsys):
    assert recorder.run("optimizer=sgdd") == 2
    assert recorder.opened == []
    assert "did you mean `sgd`?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags",
    [["--foo"], ["--cfg"], ["--cfg", "x"], ["--config-path", "x"], ["--config-dir", "nowhere"],
     ["--experimental-rerun", "x.pickle"], ["--cfgg", "job"]],
)  # fmt: skip
def test_a_wrong_flag_is_a_problem_like_others(recorder, capsys, flags: list[str]):
    assert recorder.run(*flags) == 2
    said = capsys.readouterr().err
    assert "1 problem" in said and flags[0] in said
    assert "usage:" not in said


def test_explain_says_where_each_value_comes_from_and_what_was_dropped(conf, recorder, capsys):
    conf(
        model__mine="layers:\n  one: {type: Conv2D, filters: 3}\n  head: Dense",
        experiment__mine="# @package _global_\nmodel:\n  layers:\n    one: {type: Flatten}",
    )
    assert recorder.run("--explain", "model=mine", "experiment=mine", "seed=3") == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["seed", "3", "command", "line"] in lines
    assert ["model.layers.one.type", "Flatten", "conf/experiment/mine.yaml:4"] in lines
    assert ["model.layers.head.type", "Dense", "conf/model/mine.yaml:3"] in lines
    dropped = "dropped from conf/model/mine.yaml:2 by conf/experiment/mine.yaml:4"
    assert ["model.layers.one.filters", *dropped.split()] in lines
    assert recorder.opened == []
