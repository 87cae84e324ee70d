"""What a run ran on."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from kerascfg.runs import describe_environment
from kerascfg.runs.environment import describe_git

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(directory, *arguments):
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    identity += ["-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "train.py").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


def test_names_versions_devices_seed_and_data(tmp_path):
    found = describe_environment(7, "sha256:abc", ["CPU:0", "CPU:1"], directory=tmp_path)
    assert found["devices"] == ["CPU:0", "CPU:1"]
    assert (found["seed"], found["data_fingerprint"]) == (7, "sha256:abc")
    assert found["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["versions"]["keras"].startswith("3.")
    assert set(found["versions"]) >= {"kerascfg", "tensorflow", "numpy", "hydra-core", "omegaconf"}


def test_tells_nothing_of_the_environment_variables(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "do-not-tell")
    assert "do-not-tell" not in json.dumps(describe_environment(1, None, [], directory=tmp_path))


@needs_git
def test_a_clean_checkout_names_its_commit(checkout):
    found = describe_git(checkout)
    assert found is not None
    assert len(found["commit"]) == 40
    assert found["dirty"] is False


@needs_git
@pytest.mark.parametrize("file", ["train.py", "new.py", "conf/model/new.yaml"])
def test_a_changed_or_new_file_makes_a_checkout_dirty(checkout, file):
    (checkout / file).parent.mkdir(parents=True, exist_ok=True)
    (checkout / file).write_text("2")
    assert describe_git(checkout)["dirty"] is True


@needs_git
def test_two_dirty_checkouts_are_told_apart(checkout):
    said = []
    for text in ("2", "3", "2"):
        (checkout / "train.py").write_text(text)
        said.append(describe_git(checkout)["changes"])
    assert said[0] == said[2] != said[1]
    (checkout / "new.py").write_text("1")
    said.append(describe_git(checkout)["changes"])
    (checkout / "new.py").write_text("2")
    assert len({*said, describe_git(checkout)["changes"]}) == 4


def test_settings_that_change_bits_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    found = describe_environment(1, None, [], directory=tmp_path)
    assert found["settings"]["TF_ENABLE_ONEDNN_OPTS"] == "0"
    assert "h5py" in found["packages"]
    assert "keras" not in found["packages"]


@needs_git
def test_runs_do_not_make_a_checkout_dirty(checkout):
    project = checkout / "project"
    (project / "runs" / "digits").mkdir(parents=True)
    (project / "runs" / "digits" / "status.json").write_text("{}")
    assert describe_git(project)["dirty"] is False


@needs_git
def test_before_the_first_commit_there_is_none(tmp_path):
    git(tmp_path, "init", "--quiet")
    assert describe_git(tmp_path) == {"commit": None, "dirty": False, "changes": None}


def test_outside_a_checkout_there_is_no_git(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert describe_git(tmp_path) is None


def test_without_git_installed_there_is_no_git(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    assert describe_git(tmp_path) is None
