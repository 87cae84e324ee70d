from __future__ import annotations

from pathlib import Path

import keras
import pytest

import kerascfg
from kerascfg.cli import main

pytestmark = pytest.mark.slow


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    x = keras.Input((4,), name="x")
    keras.Model(x, keras.layers.Dense(3, name="head")(x)).save(tmp_path / "small.keras")
    return tmp_path


def test_the_yaml_of_a_saved_model_is_printed_and_compared(saved: Path, capsys):
    assert main(["from-keras", "small.keras"]) == 0
    said = capsys.readouterr()
    assert said.out == (
        "# Read from small.keras by `kerascfg from-keras`\n"
        "inputs:\n  x: {shape: [4]}\nlayers:\n  head: {type: Dense, units: 3}\n"
    )
    assert "15 parameters in the same shapes, and equal outputs" in said.err


def test_what_is_written_into_conf_is_a_model_to_choose(saved: Path, capsys):
    assert main(["from-keras", "small.keras", "-o", "conf/model/mine.yaml"]) == 0
    assert "written to conf/model/mine.yaml" in capsys.readouterr().out
    config = kerascfg.load(["model=mine", "data=wine", "task=null"])
    assert config["model"]["layers"] == {"head": {"type": "Dense", "units": 3}}


def test_a_file_that_is_there_is_not_overwritten(saved: Path, capsys):
    (saved / "mine.yaml").write_text("my own")
    assert main(["from-keras", "small.keras", "-o", "mine.yaml"]) == 2
    assert "which is there already" in capsys.readouterr().err
    assert (saved / "mine.yaml").read_text() == "my own"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected one SOURCE. Received: none"),
        (["a", "b"], "expected one SOURCE. Received: a b"),
        (["nowhere.keras"], "expected an existing file"),
        (["ResNet50"], "expected FILE.keras, keras.applications.NAME"),
        (["small.keras", "-o"], "expected a file behind it"),
    ],
)
def test_a_mistake_is_a_problem(saved: Path, capsys, arguments: list[str], message: str):
    assert main(["from-keras", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_an_output_below_a_file_cannot_be_written(saved: Path, capsys):
    assert main(["from-keras", "small.keras", "-o", "small.keras/mine.yaml"]) == 2
    assert "expected a file that can be written" in capsys.readouterr().err


def test_the_code_of_a_config_runs_by_itself(saved: Path, capsys):
    written = ["to-python", "model=mlp", "data=wine", "-o", "model.py"]
    assert main(written) == 0
    assert main(["to-python", "model=mlp", "data=wine", "model.layers.head.unitz=3"]) == 2
    assert "did you mean `units`?" in capsys.readouterr().err
    space = {"__name__": "written"}
    exec((saved / "model.py").read_text(), space)
    assert space["build_model"]().output.shape == (None, 3)


def test_the_code_of_a_model_that_states_its_inputs_needs_no_data_and_no_loss(saved: Path, capsys):
    assert main(["to-python", "model=mine", "data=null", "task=null"]) == 2
    assert "expected one of" in capsys.readouterr().err
    assert main(["from-keras", "small.keras", "-o", "conf/model/mine.yaml"]) == 0
    capsys.readouterr()
    assert main(["to-python", "model=mine", "data=null", "task=null"]) == 0
    assert "def build_model() -> keras.Model:" in capsys.readouterr().out


def test_the_code_of_a_model_that_takes_the_data_needs_them(saved: Path, capsys):
    assert main(["to-python", "model=mlp", "data=null"]) == 2
    assert "data" in capsys.readouterr().err
