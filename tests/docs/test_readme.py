"""What the README says is true: its commands compose, its YAML checks, its Python runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def train_commands() -> list[list[str]]:
    found = []
    for line in "\n".join(
        [*blocks("sh"), *re.findall(r"`(python train\.py[^`]*)`", README)]
    ).splitlines():
        line = line.split("#")[0]
        if "python train.py" in line:
            found.append(shlex.split(line.split("python train.py")[1]))
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder: the table and the layer that the README speaks of."""
    (tmp_path / "FILE").write_text("a,COLUMN\n" + "1,x\n2,y\n" * 20, encoding="utf-8")
    (tmp_path / "my_pkg").mkdir()
    (tmp_path / "my_pkg" / "__init__.py").write_text("", encoding="utf-8")
    (code,) = (block for block in blocks("python") if "my_pkg" in block)
    (tmp_path / "my_pkg" / "layers.py").write_text(code, encoding="utf-8")
    (settings,) = blocks("toml")
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "conf" / "model").mkdir(parents=True)
    for model in blocks("yaml"):
        (name,) = re.findall(r"# (conf/model/\w+\.yaml)", model)
        (tmp_path / name).write_text(model, encoding="utf-8")
    reviews = "review,stars\n" + "a great film,5\ndull and long,1\nso so,3\n" * 20
    (tmp_path / "reviews.csv").write_text(reviews, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERASCFG_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize("arguments", train_commands(), ids=" ".join)
def test_every_command_composes_and_has_no_problems(arguments: list[str], folder: Path):
    from kerascfg.config.entry import collect
    from kerascfg.interpreter import check
    from kerascfg.naming.trust import trust

    if {"--help", "--explain"} & set(arguments) or any(a.startswith("run=") for a in arguments):
        return  # a run that goes on is composed of its own directory: tests/runs/test_resuming.py
    from hydra._internal.utils import get_args_parser

    trust(folder)
    jobs, problems = collect(get_args_parser().parse_args(arguments), check)
    assert problems == []
    assert len(jobs) == (3 if "-m" in arguments else 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["model=mine", "export=[]"],
        ["model=reviews", "data=csv", "data.source.path=reviews.csv", "data.target=stars",
         "export=[saved_model]"],
    ],
    ids=lambda arguments: arguments[0],
)  # fmt: skip
def test_the_models_on_the_language_s_page_train(arguments: list[str], folder: Path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "train.py"), *arguments, "train.epochs=1"],
        capture_output=True, text=True, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_own_layer_trains_and_exports_as_described(folder: Path):
    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, cwd=folder)

    (lines,) = (block for block in blocks("sh") if "kerascfg trust" in block)
    train = shlex.split(lines.splitlines()[1])[2:]
    script = [sys.executable, str(ROOT / "train.py")]
    refused = run(*script, *train)
    assert refused.returncode == 2
    assert "kerascfg trust" in refused.stderr
    assert run(sys.executable, "-m", "kerascfg", "trust").returncode == 0
    done = run(*script, *train, "train.epochs=1", "export=[litert]")
    assert done.returncode == 0, done.stderr
    assert "Scale" in done.stdout


@pytest.mark.slow
def test_the_python_of_the_readme_runs(folder: Path):
    (code,) = (block for block in blocks("python") if "import kerascfg" in block)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    accuracy, difference = done.stdout.splitlines()[-1].split()
    assert 0 < float(accuracy) <= 1 and float(difference) < 1e-5


def test_the_tables_name_what_there_is():
    from kerascfg.naming import names_of_area

    for area in ("target", "strategy", "source"):
        for name in names_of_area(area):
            assert f"`{name}`" in README, name


def test_the_mistakes_shown_print_what_is_shown(folder: Path):
    (shown,) = blocks("console")
    first, *lines = shown.splitlines()
    command = shlex.split(first.split("python train.py")[1])
    done = subprocess.run(
        [sys.executable, str(ROOT / "train.py"), *command],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    assert done.returncode == 2
    pattern = re.escape("\n".join(lines)).replace(re.escape("..."), ".*")
    assert re.fullmatch(pattern, done.stderr.strip()), done.stderr
