"""Commands that start nothing: what they say, their exit status, and that they stay light.

Each runs in a process of its own, from a folder of its own, as a user's does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
HEAVY = ("keras", "tensorflow", "numpy", "sklearn", "matplotlib", "jax", "torch")
RUNNER = f"""
import atexit, sys
sys.path.insert(0, {str(ROOT)!r})
heavy = {HEAVY}
atexit.register(lambda: print("HEAVY", *(m for m in heavy if m in sys.modules), file=sys.stderr))
module, *sys.argv[1:] = sys.argv[1:]
from importlib import import_module
sys.exit(import_module(module).main())
"""


@pytest.fixture
def run(tmp_path: Path):
    """Run a command; what it wrote to standard error is without the note on heavy modules."""

    def of(command: str, *arguments: str, cwd: Path = tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", RUNNER, command, *arguments],
            cwd=cwd, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        *lines, heavy = done.stderr.splitlines()
        assert heavy.strip() == "HEAVY", heavy
        done.stderr = "\n".join(lines)
        return done

    return of


@pytest.fixture
def train(run, tmp_path: Path):
    def of(*arguments: str):
        done = run("kerascfg.cli.train", *arguments)
        assert not (tmp_path / "runs").exists()
        return done

    return of


MISTAKES = {
    "an argument of the optimizer": (["optimizer.learning_rat=0.1"],
                                     "optimizer.learning_rat  (command line)", "learning_rate"),
    "an argument of a layer": (["model.layers.conv1.filterz=3"],
                               "model.layers.conv1.filterz  (command line)", "`filters`"),
    "a type": (["model.layers.conv1.type=Conv2DD"],
               "model.layers.conv1.type  (command line)", "`Conv2D`"),
    "a target": (["export=[litertt]"], "export  (command line)", "`litert`"),
    "a choice": (["data=digit"], "data  (command line)", "`digits`"),
    "a file": (["data=csv", "data.source.path=tabel.csv", "data.target=kind"],
               "data.source.path  (command line)", "table.csv"),
    "a column": (["data=csv", "model=tabular", "data.source.path=table.csv", "data.target=knd"],
                 "data.target  (command line)", "`kind`"),
    "an input": (["model.layers.conv3.inputs=conv9"],
                 "model.layers.conv3.inputs  (command line)", "conv1"),
    "an argument in a file": (["model=mine"], "model.layers.conv.filterz  (conf/model/mine.yaml:2)",
                              "`filters`"),
    "a stranger's module": (["model.layers.conv1.type=my_pkg.layers.Scale"],
                            "model.layers.conv1.type  (command line)", "KERASCFG_PLUGINS=my_pkg"),
    "a function of Python": (["model.layers.conv1.type=os.system"],
                             "model.layers.conv1.type  (command line)", "Python's own"),
    "an alias of it": (["model.layers.conv1.op=logging.os.system"],
                       "model.layers.conv1.op  (command line)", "Python's own"),
    "hydra's target": (["model.layers.conv1._target_=os.system"],
                       "model.layers.conv1._target_  (command line)", "type: Name"),
    "a target of hydra itself": (["hydra.launcher._target_=os.system"],
                                 "hydra.launcher._target_  (command line)", "kerascfg"),
    "a sweep without -m": (["optimizer=adam,sgd"], "optimizer  (command line)", "add -m"),
    "a flag": (["--cgf", "job"], "--cgf  (command line)", "`--cfg`"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_message_that_names_the_place_and_the_way_out(
    train, tmp_path: Path, mistake: str
):
    (tmp_path / "table.csv").write_text("size,kind\n1,a\n2,b\n")
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "model" / "mine.yaml").write_text(
        "layers:\n  conv: {type: Conv2D, filterz: 8, kernel_size: 3}\n"
        "  flat: Flatten\n  head: Dense\n"
    )
    arguments, place, way_out = MISTAKES[mistake]
    done = train(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("1 problem in the configuration; nothing was started.\n")
    assert place in done.stderr
    assert way_out in done.stderr


def test_two_mistakes_are_two_problems(train):
    done = train("optimizer.learning_rat=0.1", "export=[litertt]")
    assert done.returncode == 2
    assert done.stderr.startswith("2 problems")
    assert "optimizer.learning_rate=0.1" in done.stderr
    assert "export=[litert]" in done.stderr


def test_help_lists_the_groups_with_the_users_own_files(train, tmp_path: Path):
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "model" / "mine.yaml").write_text("layers: {}")
    done = train("--help")
    assert done.returncode == 0
    assert "optimizer/schedule" in done.stdout
    assert "mine" in done.stdout
    assert "kerascfg" in train("--version").stdout


def test_cfg_job_prints_the_composed_config(train):
    import yaml

    done = train("--cfg", "job", "optimizer=sgd")
    assert done.returncode == 0
    assert yaml.safe_load(done.stdout)["optimizer"]["type"] == "SGD"


def test_explain_names_the_file_of_each_value(train):
    done = train("--explain", "seed=3")
    assert done.returncode == 0
    seed = next(line for line in done.stdout.splitlines() if line.startswith("seed"))
    assert "command line" in seed
    assert "cnn.yaml:" in done.stdout


def test_explain_of_a_key_is_the_same_by_both_commands(run, train):
    arguments = ["model.layers.conv1.filters", "model.layers.conv1.filters=64"]
    done = run("kerascfg.cli", "explain", *arguments)
    assert done.returncode == 0
    for part in ("= 64", "command line", "32  (", "dimension of the output space"):
        assert part in done.stdout
    assert train("--explain", *arguments).stdout == done.stdout


def test_explain_gives_data_to_programs_and_knows_misspellings(run):
    done = run("kerascfg.cli", "explain", "--json", "optimizer")
    assert "adamw" in json.loads(done.stdout)["choices"]
    values = json.loads(run("kerascfg.cli", "explain", "--json").stdout)["values"]
    assert {"key": "seed", "value": 1}.items() <= next(
        v for v in values if v["key"] == "seed"
    ).items()
    wrong = run("kerascfg.cli", "explain", "optimizer.learning_rat")
    assert wrong.returncode == 2
    assert "`optimizer.learning_rate`" in wrong.stderr


def test_check_says_that_nothing_is_wrong(run):
    done = run("kerascfg.cli.check", "optimizer=adam,sgd", "-m")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 configs" in done.stdout


def test_check_gives_problems_to_programs(run):
    done = run("kerascfg.cli.check", "--json", "optimizer=sgdd")
    assert done.returncode == 2
    (problem,) = json.loads(done.stdout)["problems"]
    assert problem["path"] == "optimizer"
    assert problem["fix"] == "optimizer=sgd"
    assert problem["place"] == "command line"
    assert json.loads(run("kerascfg.cli.check", "--json").stdout) == {"problems": []}


@pytest.mark.parametrize(
    "command", ["train", "export", "serve", "check", "schema", "upgrade", "trust"]
)
def test_every_command_has_help_with_an_example(run, command: str):
    done = run("kerascfg.cli", command, "--help")
    assert done.returncode == 0
    assert command in run("kerascfg.cli", "--help").stdout
    assert len(done.stdout.splitlines()) > 3


def test_an_unknown_command_is_given_its_right_spelling(run):
    done = run("kerascfg.cli", "chek")
    assert done.returncode == 2
    assert "`check`" in done.stderr
    assert run("kerascfg.cli").returncode == 0
    assert run("kerascfg.cli", "--version").stdout.startswith("kerascfg ")


def test_export_names_all_its_mistakes(run):
    done = run("kerascfg.cli", "export", "run=nowhere", "export=[litertt]", "fo=3")
    assert done.returncode == 2
    for part in ("3 problems", "run=nowhere", "export=[litert]", "fo  (command line)"):
        assert part in done.stderr


def test_a_gate_is_checked_before_anything_starts(run, tmp_path: Path):
    (tmp_path / "status.json").write_text('{"state": "finished"}', encoding="utf-8")
    (tmp_path / "config.yaml").write_text("export: {litert: litert}\n", encoding="utf-8")
    done = run("kerascfg.cli", "export", f"run={tmp_path}", "gate.max_ms=0", "gate.targets=[onnx]")
    assert done.returncode == 2
    for part in ("gate.max_ms", "expected a finite number over 0", "nothing was started"):
        assert part in done.stderr
    done = run("kerascfg.cli", "export", f"run={tmp_path}", "gate.targets=[onnx]")
    assert "expected targets of this export (litert). Received: onnx" in done.stderr
    (tmp_path / "config.yaml").write_text(
        "export: {litert: litert}\ngate: {max_drop: a lot}\n", encoding="utf-8"
    )
    done = run("kerascfg.cli", "export", f"run={tmp_path}")
    assert (done.returncode, "gate.max_drop" in done.stderr) == (2, True)


def test_a_folder_is_trusted_by_its_user_alone(run, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("KERASCFG_HOME", str(tmp_path / "home"))
    (tmp_path / "my_pkg").mkdir()
    (tmp_path / "my_pkg" / "layers.py").write_text(
        "raise RuntimeError('imported')\nclass Scale:\n  def __init__(self, factor=1.0): pass\n"
    )
    use = ["kerascfg.cli", "check", "+model.layers.scale.type=my_pkg.layers.Scale",
           "+model.layers.scale.after=conv1"]  # fmt: skip
    assert "pyproject.toml" in run("kerascfg.cli", "trust").stderr
    (tmp_path / "pyproject.toml").write_text('[tool.kerascfg]\nplugins = ["my_pkg"]\n')
    before = run(*use)
    assert before.returncode == 2
    assert "kerascfg trust" in before.stderr
    trusted = run("kerascfg.cli", "trust")
    assert (trusted.returncode, "my_pkg" in trusted.stdout) == (0, True)
    assert run(*use).returncode == 0
    wrong = run(*use, "+model.layers.scale.facter=2")
    assert "model.layers.scale.factor=2" in wrong.stderr


def test_serve_names_all_its_mistakes_before_anything_is_loaded(run, tmp_path: Path):
    done = run("kerascfg.cli", "serve", "prt=1", "max_batch_size=0")
    assert done.returncode == 2
    for part in ("2 problems", "`port`", "max_batch_size=0"):
        assert part in done.stderr
    assert "run=nowhere" in run("kerascfg.cli", "serve", "run=nowhere").stderr
    (tmp_path / "status.json").write_text("{}")
    assert "export=[saved_model]" in run("kerascfg.cli", "serve", "run=.").stderr
