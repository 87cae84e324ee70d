"""`kerascfg show` as its user runs it, in this process: TensorFlow takes seconds to import."""

from __future__ import annotations

import json
import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest

from kerascfg.cli.show import main

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_default_experiment_is_a_table_with_its_sums(capsys):
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["node", "type", "inputs", "output", "parameters", "FLOPs",
                                "memory", "weights"]  # fmt: skip
    assert any(line.split()[:4] == ["conv1", "Conv2D", "shift", "8x8x32"] for line in lines)
    assert any(line.startswith("total") and "113,834" in line for line in lines)


def test_a_model_with_its_own_inputs_needs_no_data_of_its_kind(capsys):
    assert main(["model=two_inputs", "task=null", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [node["name"] for node in shown["nodes"] if node["is_output"]] == ["urgent", "team"]
    assert shown["totals"]["parameters"] == sum(node["parameters"] for node in shown["nodes"])


def test_a_backbone_is_one_row_and_nothing_is_downloaded(capsys, folder: Path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(folder / "keras"))
    assert main(["model=transfer", "--json"]) == 0
    nodes = {node["name"]: node for node in json.loads(capsys.readouterr().out)["nodes"]}
    assert (nodes["backbone"]["kind"], nodes["backbone"]["parameters"]) == ("model", 2_257_408)
    assert not list(folder.rglob("*.h5"))


def test_a_picture_is_written_and_no_file_is_overwritten(capsys, folder: Path):
    assert main(["model=resnet18", "--svg", "pictures/net.svg"]) == 0
    picture = Xml.parse(folder / "pictures" / "net.svg").getroot()
    texts = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "stage1_0" in texts
    assert main(["model=resnet18", "--svg", "pictures/net.svg"]) == 2
    assert "already" in capsys.readouterr().err


def test_shapes_that_disagree_are_one_problem_with_its_place(capsys):
    overrides = ["model.layers.conv3.kernel_size=9", "model.layers.conv3.padding=valid"]
    assert main(overrides) == 2
    said = capsys.readouterr().err
    assert said.startswith("1 problem")
    assert "model.layers.conv3  (" in said
    assert "cnn.yaml:" in said


def test_a_wrong_config_is_refused_before_anything_is_built(capsys):
    assert main(["model.layers.conv1.filterz=3"]) == 2
    assert "`filters`" in capsys.readouterr().err
    assert main(["-m", "seed=1,2"]) == 2
    assert "a sweep over 2" in capsys.readouterr().err
