from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from kerascfg.config.check import check_keys
from kerascfg.config.upgrade import (
    LANGUAGE,
    Rename,
    check_language,
    package_of,
    say_renamed,
    upgrade_file,
    upgrade_text,
)
from kerascfg.errors import ConfigError, Problem

RENAMES = (Rename(2, "train.stages.*.epoch", "epochs"), Rename(2, "data.batchsize", "batch_size"))


def upgraded(text: str, package: str = "") -> str:
    return upgrade_text(textwrap.dedent(text), package, RENAMES)


def test_a_renamed_key_gets_its_name_and_all_else_stays():
    text = """\
    # how long
    train:
        stages:   # two
          head: {epoch:  3, optimizer: Adam}   # quick
          tune:
            "epoch": 5
    epoch: 7
    """
    expected = textwrap.dedent(text).replace("{epoch:", "{epochs:").replace('"epoch"', "epochs")
    assert upgraded(text) == expected


def test_a_file_of_a_group_is_renamed_by_its_whole_path():
    assert upgraded("batchsize: 3\n", "data") == "batch_size: 3\n"
    assert upgraded("batchsize: 3\n", "train") == "batchsize: 3\n"


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("keras.layers.Dense", "Dense"),
        ("tensorflow.keras.optimizers.Adam", "Adam"),
        ("tf.keras.layers.Dense", "Dense"),
        ("keras.applications.ResNet50", "keras.applications.ResNet50"),
        ("my_package.Own", "my_package.Own"),
    ],
)
def test_a_target_of_hydra_becomes_a_type(target: str, name: str):
    text = f"a:\n  _target_: {target}  # what it is\n  units: 3\nb: {{_target_: '{target}'}}\n"
    expected = f"a:\n  type: {name}  # what it is\n  units: 3\nb: {{type: {name}}}\n"
    assert upgraded(text) == expected


def test_what_an_alias_repeats_is_changed_once():
    text = "a: &a {_target_: keras.layers.ReLU}\nb: *a\n"
    assert upgraded(text) == "a: &a {type: ReLU}\nb: *a\n"
    assert upgraded("a: &a {b: *a}\n") == "a: &a {b: *a}\n"


def test_upgrading_twice_changes_nothing_more():
    once = upgraded("data: {batchsize: 3}\nmodel: {_target_: keras.layers.Dense}\n")
    assert upgraded(once) == once
    assert upgrade_text("") == ""


@pytest.mark.parametrize(
    ("name", "head", "package"),
    [
        ("conf/model/a.yaml", "", "model"),
        ("conf/optimizer/schedule/a.yaml", "", "optimizer.schedule"),
        ("conf/experiment/a.yaml", "# what it is\n# @package _global_\n", ""),
        ("conf/backbone/a.yaml", "# @package model.layers\n", "model.layers"),
        ("conf/config.yaml", "", ""),
        ("config.yaml", "", ""),
    ],
)
def test_the_place_of_a_files_keys_is_known(tmp_path: Path, name: str, head: str, package: str):
    assert package_of(tmp_path / name, f"{head}a: 1\n") == package


def test_a_file_that_is_no_yaml_is_a_problem(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("a: {")
    with pytest.raises(ConfigError, match=r"a\.yaml"):
        upgrade_file(tmp_path / "a.yaml")


def test_an_unknown_key_that_was_renamed_is_told_its_name():
    unknown = Problem("train.stages.head.epoch", "expected one of ...", fix="a=1", place="a.yaml:3")
    other = Problem("train.stages.head.epok", "expected one of ...")
    said, untouched = say_renamed([unknown, other], RENAMES)
    assert untouched == other
    assert "`epochs`" in said.message
    assert "language 2" in said.message
    assert "kerascfg upgrade" in (said.hint or "")
    assert said.place == "a.yaml:3"


def test_a_language_that_is_no_number_is_left_to_the_check():
    assert upgraded("language: [1]\n") == "language: [1]\n"


@pytest.mark.parametrize("version", [LANGUAGE + 1, 0, True, "1", None])
def test_a_language_that_is_not_known_is_a_problem(version: object):
    (problem,) = check_language(version)
    assert problem.path == "language"
    assert check_language(LANGUAGE) == []


def test_a_newer_language_names_the_way_out():
    (problem,) = check_keys({"language": 99})
    assert "pip install" in (problem.hint or "")
    assert check_keys({}) == check_keys({"language": LANGUAGE}) == []


def test_a_composed_config_carries_its_language(config):
    assert config()["language"] == LANGUAGE
