"""`kerascfg schema` and `kerascfg upgrade`, in a folder of one's own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kerascfg.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf" / "model").mkdir(parents=True)
    return tmp_path


def test_schemas_are_written_beside_the_users_files(folder: Path, capsys):
    assert main(["schema"]) == 0
    assert "conf/.schema" in capsys.readouterr().out
    written = {f.relative_to(folder / "conf/.schema").as_posix()
               for f in (folder / "conf/.schema").rglob("*.json")}  # fmt: skip
    assert {"config.json", "model.json", "optimizer.json", "optimizer/schedule.json"} <= written


def test_schemas_offer_the_users_own_files(folder: Path):
    (folder / "conf" / "model" / "mine.yaml").write_text("layers: {a: Flatten}\n")
    assert main(["schema", "-o", "here"]) == 0
    shared = json.loads((folder / "here" / "definitions.json").read_text())
    choices = shared["definitions"]["defaults"]["items"]["properties"]["override /model"]
    assert {"mine", "cnn"} <= set(choices["examples"])


def test_schemas_are_made_without_keras(folder: Path):
    code = (
        "import sys; from kerascfg.cli import main; main(['schema']); print('keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "False", done.stderr


def test_wrong_arguments_of_schema_are_a_problem(folder: Path, capsys):
    assert main(["schema", "model"]) == 2
    assert main(["schema", "-o"]) == 2
    (folder / "file").touch()
    assert main(["schema", "-o", "file"]) == 2
    assert "-o" in capsys.readouterr().err


def test_upgrade_shows_a_diff_and_writes_only_when_asked(folder: Path, capsys):
    file = folder / "conf" / "model" / "mine.yaml"
    text = "# mine\nlayers:\n  a: {_target_: keras.layers.Flatten}  # flat\n"
    file.write_text(text)
    assert main(["upgrade"]) == 0
    shown = capsys.readouterr().out
    assert "-  a: {_target_: keras.layers.Flatten}  # flat" in shown
    assert "+  a: {type: Flatten}  # flat" in shown
    assert "--write" in shown
    assert file.read_text() == text
    assert main(["upgrade", "conf/model/mine.yaml", "--write"]) == 0
    assert file.read_text() == "# mine\nlayers:\n  a: {type: Flatten}  # flat\n"
    capsys.readouterr()
    assert main(["upgrade"]) == 0
    assert "nothing to upgrade in 1 file" in capsys.readouterr().out


def test_upgrade_changes_no_file_where_one_cannot_be_read(folder: Path, capsys):
    good, bad = folder / "conf/model/a.yaml", folder / "conf/model/b.yaml"
    good.write_text("a: {_target_: keras.layers.Flatten}\n")
    bad.write_text("a: {\n")
    assert main(["upgrade", "--write"]) == 2
    assert "b.yaml" in capsys.readouterr().err
    assert "_target_" in good.read_text()
    assert main(["upgrade", "nowhere"]) == 2
