"""`diff` and `reproduce`: what they say, and that a deterministic run repeats itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kerascfg.cli import main
from kerascfg.runs import create_run

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}


def kerascfg(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "kerascfg", *arguments],
        cwd=cwd, capture_output=True, text=True, env=ENVIRONMENT,
    )  # fmt: skip


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("one", "two")):
        run = create_run(tmp_path / name)
        run.write_yaml("config.yaml", {"seed": number, "data": {"batch_size": 32}})
        run.status("finished")
    return tmp_path


def test_diff_says_what_differs(runs, capsys):
    assert main(["diff", "one", "two"]) == 1
    said = capsys.readouterr().out.split()
    assert said[said.index("config") :] == ["config", "seed", "0", "1"]
    assert main(["diff", "run=one", "one"]) == 0
    assert capsys.readouterr().out == "no differences\n"


def test_diff_gives_data_to_programs(runs, capsys):
    assert main(["diff", "one", "two", "--json"]) == 1
    expected = {"section": "config", "key": "seed", "first": 0, "second": 1}
    assert json.loads(capsys.readouterr().out) == {"differences": [expected]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["diff"], "the directories of 2 runs. Received: nothing"),
        (["diff", "one"], "the directories of 2 runs. Received: one"),
        (["diff", "one", "thre"], "there is no such directory"),
        (["reproduce"], "the directory of a run. Received: nothing"),
        (["reproduce", "one", "--jsn"], "Received: one --jsn"),
    ],
)
def test_wrong_arguments_are_told(runs, capsys, arguments, said):
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_a_run_that_was_not_trained_is_not_reproduced(runs, capsys):
    assert main(["reproduce", "one"]) == 1
    assert "one holds no metrics.json; the run is finished" in capsys.readouterr().err


@pytest.mark.slow
def test_a_deterministic_run_is_repeated_bit_for_bit_by_another_process(tmp_path):
    first = kerascfg(
        *("train", "deterministic=true", "train.epochs=2", "export=[]", "callbacks=full"),
        *("model.layers.conv1.filters=4", "hydra.run.dir=first"),
        cwd=tmp_path,
    )
    assert first.returncode == 0, first.stderr
    again = kerascfg("reproduce", "first", "--json", cwd=tmp_path)
    assert again.returncode == 0, again.stderr + again.stdout
    told = json.loads(again.stdout)
    assert told["equal"] is True
    assert (told["history"], told["metrics"], told["weights"]) == (None, [], [])
    assert told["environment"] == []
    repeated = tmp_path / told["reproduction"]
    assert (repeated / "history.csv").read_text() == (tmp_path / "first/history.csv").read_text()
    assert main(["diff", str(repeated), str(tmp_path / "first")]) == 0
