"""`kerascfg data` as its user runs it, in this process: TensorFlow takes seconds to import."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from kerascfg import look
from kerascfg.cli.data import main
from kerascfg.cli.train import main as train

pytestmark = pytest.mark.slow
PNG = b"\x89PNG\r\n\x1a\n"
TABLE = ["data=csv", "data.source.path=t.csv", "data.target=kind"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(look, "look_at", partial(look.look_at, seconds=0.05))
    return tmp_path


@pytest.fixture
def table(folder: Path) -> Path:
    rows = [f"{('Rome', '', '<b>Oslo</b>')[i % 3]},{'' if i % 5 == 0 else i},{'ab'[i % 2]}\n"
            for i in range(60)]  # fmt: skip
    (folder / "t.csv").write_text("city,wage,kind\n" + "".join(rows))
    return folder / "t.csv"


def test_digits_are_measured_counted_and_drawn(capsys, folder: Path):
    assert main(["--out", "look"]) == 0
    said = capsys.readouterr().out
    assert "1,797: 1,438 train, 180 validation, 179 test" in said
    assert "sha256" in said and "samples/s when they are read" in said
    assert [file.name for file in (folder / "look").iterdir()] == ["image.png"]
    assert (folder / "look" / "image.png").read_bytes().startswith(PNG)
    assert main(["--out", "look"]) == 2
    assert "image.png" in capsys.readouterr().err


def test_what_is_printed_is_there_as_data(capsys, table: Path):
    assert main([*TABLE, "--json"]) == 0
    seen = json.loads(capsys.readouterr().out)
    assert seen["sizes"] == {"train": 48, "validation": 6, "test": 6}
    assert seen["classes"]["kind"]["train"] == {"a": 24, "b": 24}
    values = {value["name"]: value for value in seen["values"]}
    assert values.keys() == {"city", "wage", "kind"}
    assert values["city"]["distinct"] == 3
    assert dict(values["city"]["frequent"]).keys() == {"Rome", "", "<b>Oslo</b>"}
    assert 5 <= values["wage"]["missing"] <= 12
    assert (values["wage"]["least"], values["wage"]["greatest"]) == (1, 59)
    assert any("`wage` has no value (NaN) in 12 of 60" in note for note in seen["notes"])
    assert seen["reading"] > 0 and seen["kept"] > 0


def test_a_table_is_a_page_on_which_nothing_of_the_data_is_markup(capsys, table: Path):
    assert main([*TABLE, "--out", "look"]) == 0
    page = (table.parent / "look" / "samples.html").read_text()
    assert "&lt;b&gt;Oslo&lt;/b&gt;" in page and "<b>" not in page
    assert "default-src 'none'" in page and "http" not in page.replace("http-equiv", "")
    assert page.count("<tr>") == 1 + 20
    assert ">missing<" in page and ">empty<" in page


def test_preprocessing_and_augmentation_are_shown_without_a_model(capsys, folder: Path):
    overrides = [
        "model.preprocess={scaled: {type: Rescaling, scale: 2.0}}",
        "data.augment={flip: {type: RandomFlip, mode: horizontal}}",
        "model.layers.conv1.filterz=3",  # of which nothing is built
    ]
    assert main([*overrides, "--json", "--out", "look"]) == 0
    seen = json.loads(capsys.readouterr().out)
    assert seen["prepared"] == {"scaled": {"shape": [8, 8, 1], "dtype": "float32"}}
    assert {file.name for file in (folder / "look").iterdir()} == {"image.png", "scaled.png"}


def test_a_wrong_config_is_refused(capsys, folder: Path):
    assert main(["data.source.type=digit"]) == 2
    assert "`digits`" in capsys.readouterr().err
    assert main(["--out"]) == 2
    assert "expected a folder" in capsys.readouterr().err
    (folder / "taken").write_text("")
    assert main(["--out", "taken"]) == 2
    assert "which is a file" in capsys.readouterr().err


def test_debug_data_stops_after_the_data(capsys, folder: Path):
    assert train(["debug=data", "hydra.run.dir=run"]) == 0
    assert "Classes of digit" in capsys.readouterr().out
    names = {file.relative_to(folder / "run").as_posix() for file in (folder / "run").rglob("*")}
    assert {"data.json", "plots/image.png", "config.yaml", "environment.json"} <= names
    assert not names & {"model.keras", "metrics.json", "history.csv", "exports"}
    assert json.loads((folder / "run" / "status.json").read_text())["state"] == "finished"
