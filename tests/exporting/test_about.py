import hashlib
import json

import pytest

from kerascfg.errors import RunError
from kerascfg.exporting.about import read_about
from kerascfg.exporting.delivery import Port


def about(directory, **targets):
    (directory / "config.yaml").write_text("name: mine\ntask: classification\n", "utf-8")
    facts = {"splits": {}, "features": {}, "targets": targets, "fingerprint": "abc", "notes": []}
    (directory / "facts.json").write_text(json.dumps(facts), "utf-8")
    return read_about(directory)


def port(name, *shape):
    return Port(name, (None, *shape), "float32")


def test_the_only_output_has_the_classes_of_the_only_target_whatever_their_names(tmp_path):
    said = about(tmp_path, digit={"classes": ["zero", "one", "two"]})
    assert said.labels([port("head", 3)]) == {"head": ["zero", "one", "two"]}


def test_one_number_between_two_classes_has_both_names(tmp_path):
    said = about(tmp_path, churn={"classes": ["stays", "goes"]})
    assert said.labels([port("head", 1)]) == {"head": ["stays", "goes"]}


def test_of_several_outputs_each_has_the_classes_of_the_target_of_its_name(tmp_path):
    said = about(tmp_path, team={"classes": ["a", "b"]}, price={"shape": [1]})
    assert said.labels([port("price", 1), port("team", 2)]) == {"team": ["a", "b"]}


def test_an_output_of_another_size_than_the_classes_has_no_names(tmp_path):
    said = about(tmp_path, digit={"classes": ["zero", "one", "two"]})
    assert said.labels([port("head", 4)]) == {}


def test_a_run_is_told_by_its_config(tmp_path):
    said = about(tmp_path)
    content = (tmp_path / "config.yaml").read_bytes()
    assert said.config["name"] == "mine"
    assert said.config_sha256 == hashlib.sha256(content).hexdigest()


def test_a_run_of_an_older_version_has_no_facts(tmp_path):
    assert read_about(tmp_path).labels([port("head", 3)]) == {}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.yaml", "- a"),
        ("facts.json", "{"),
        ("facts.json", "[]"),
        ("facts.json", '{"targets": {}}'),
        ("metrics.json", '{"test": {"accura'),
        ("metrics.json", '{"test": 0.9}'),
    ],
)
def test_a_damaged_file_is_named(tmp_path, name, content):
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(RunError, match=rf"{name} cannot be read"):
        read_about(tmp_path)
