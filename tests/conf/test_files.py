"""Every YAML file of conf/ is composed and checked by the commands that its comments state."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from kerascfg.config.entry import collect
from kerascfg.interpreter import check
from tests.conf.files import FILES, ConfFile

GROUPS = {
    *("data", "model", "block", "backbone", "task", "optimizer", "optimizer/schedule"),
    *("loss", "metrics", "train", "callbacks", "tracker", "strategy", "export"),
    *("experiment", "debug"),
}
KINDS_OF_NEED = {"network", "gpu", "tpu", "extra"}


def test_all_groups_have_files():
    assert {file.group for file in FILES if file.group} == GROUPS


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_says_what_it_is_for_and_how_to_run_it(file: ConfFile):
    assert file.commands, f"{file.path} has no comment with a command"
    assert file.needs is None or file.needs in KINDS_OF_NEED


@pytest.mark.parametrize("file", FILES, ids=str)
def test_the_commands_of_a_file_are_in_order_and_use_it(file: ConfFile, in_project: Path):
    for overrides in file.commands:
        args = Namespace(overrides=overrides, multirun=False, config_dir=None, config_name=None)
        jobs, problems = collect(args, check)
        assert problems == []
        assert len(jobs) == 1
        used = {layer.file.resolve() for layer in jobs[0].places.layers}
        assert file.path.resolve() in used
