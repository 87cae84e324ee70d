"""What docs/data.md says is true: its commands check, its YAML opens, its Python runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import yaml

PAGE = (Path(__file__).parent.parent.parent / "docs" / "data.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder: the tables and the source that the page speaks of."""
    cities = np.array(["Bonn", "Ulm", "Kiel", "Köln", "Jena", "Graz", "Genf", "Bern"])
    wages = [f"{20 + row % 40},{cities[row % 8]},{row % 7}.5" for row in range(80)]
    days = np.arange("2025-01-01", "2025-09-01", dtype="datetime64[D]")
    weather = [f"{day},{index % 30},{index % 7}" for index, day in enumerate(days)]
    for name, lines in (
        ("wages", ["age,city,wage", *wages]),
        ("weather", ["day,temperature,wind", *weather]),
    ):
        (tmp_path / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    (own,) = (block for block in blocks("python") if "my_data" in block)
    (tmp_path / "my_data.py").write_text(own, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERASCFG_PLUGINS", "my_data")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_every_source_is_named():
    from kerascfg.naming import names_of_area

    table = PAGE.split("## Sources")[1].split("###")[0]
    assert [name for name in names_of_area("source") if f"`{name}`" not in table] == []


def test_every_extra_that_is_named_is_one():
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    extras = set(project["project"]["optional-dependencies"])
    rows = [line.split("|")[3] for line in PAGE.split("###")[0].splitlines() if "| `" in line]
    named = {extra for row in rows for extra in re.findall(r"`(\w+)`", row)}
    assert named == {"parquet", "tfds", "huggingface"}
    assert named < extras


def test_every_command_composes_and_has_no_problems(folder: Path):
    from kerascfg.config.entry import collect
    from kerascfg.interpreter import check

    commands = [line.split("train.py")[1] for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) == 2
    for command in commands:
        said = shlex.split(command)
        args = Namespace(overrides=said, multirun=False, config_dir=None, config_name=None)
        _, problems = collect(args, check)
        assert problems == []


@pytest.mark.parametrize("block", blocks("yaml"), ids=lambda block: block.split(",")[0])
def test_the_yaml_opens(block: str, folder: Path):
    from kerascfg.data import open_data

    data = open_data(yaml.safe_load(block), task="regression", seed=0)
    assert min(data.sizes.values()) > 0


@pytest.mark.slow
def test_the_source_of_ones_own_is_loaded(folder: Path):
    from kerascfg.data import open_data

    (source,) = re.findall(r"`source: (\{type: my_data[^`]*)`", PAGE)
    data = open_data({"source": yaml.safe_load(source)}, task="classification", seed=0)
    x, _ = data.arrays("train")
    assert x["path"].shape == (32, 8, 2)
    assert len(np.unique(x["path"][:, 0, 0])) == 32
    assert data.class_names == {"long": ("no", "yes")}
    sys.modules.pop("my_data")


@pytest.mark.slow
def test_the_notebook_trains(folder: Path):
    (code,) = (block for block in blocks("python") if "kerascfg.train" in block)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.splitlines()[-1]) > 0
