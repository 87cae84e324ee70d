"""What an editor shows, asked of the real yaml-language-server."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.schema.conftest import ROOT
from tests.schema.language_server import LanguageServer

pytestmark = pytest.mark.slow


@pytest.fixture
def file(project: Path):
    """Give the path of a new file of a group, and a text that names the group's schema."""

    def of(group: str, text: str) -> tuple[Path, str]:
        folder = project / "conf" / group if group != "config" else project / "conf"
        line = f"# yaml-language-server: $schema={'../' * group.count('/')}../.schema/{group}.json"
        line = line.replace("../", "") if group == "config" else line
        return folder / "mine.yaml", f"{line}\n{textwrap.dedent(text).strip()}\n"

    return of


def test_nothing_is_underlined_in_the_shipped_files(server: LanguageServer, project: Path):
    files = sorted((project / "conf").rglob("*.yaml"))
    assert len(files) > 100
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "# yaml-language-server: $schema=" in text, file
        assert server.diagnostics(file, text) == [], file


def test_nothing_is_underlined_in_the_example_models(server: LanguageServer, file):
    """The examples lie outside of conf/; they are read as models there."""
    for example in sorted((ROOT / "examples" / "models").glob("*.yaml")):
        path, text = file("model", example.read_text(encoding="utf-8"))
        assert server.diagnostics(path, text) == [], example


TYPOS = {
    "an argument of a layer": ("model", "layers:\n  c: {type: Conv2D, filterz: 3}", 3, "filterz"),
    "an argument in a block style node": ("model", "layers:\n  c:\n    type: Conv2D\n"
                                          "    kernelsize: 3", 5, "kernelsize"),
    "the name of a layer": ("model", "layers:\n  c: {type: Conv2DD}", 3, "a layer"),
    "a short form": ("model", "layers:\n  a: Flatten\n  c: Densee", 4, "a layer"),
    "the key `type`": ("model", "layers:\n  c: {typ: Conv2D}", 3, "type"),
    "a choice": ("model", "layers:\n  c: {type: Conv2D, padding: sam}", 3, "same"),
    "a text for a number": ("model", "layers:\n  c: {type: Conv2D, filters: many}", 3,
                            "a whole number"),
    "a text for a flag": ("model", "layers:\n  c: {type: LSTM, return_sequences: 'yes'}", 3,
                          "true or false"),
    "a number that is too small": ("model", "layers:\n  c: {type: Dense, units: -3}", 3, "-3"),
    "a number that is too large": ("model", "layers:\n  c: {type: Dropout, rate: 1.5}", 3, "1.5"),
    "a list that is too long": ("model", "layers:\n  c: {type: Conv2D, kernel_size: [3, 3, 3]}", 3,
                                "[3, 3, 3]"),
    "a flag for a number": ("model", "layers:\n  c: {type: Dense, units: true}", 3,
                            "a whole number"),
    "an activation": ("model", "layers:\n  c: {type: Dense, activation: rleu}", 3, "relu"),
    "a regularizer's name": ("model", "layers:\n  c: {type: Dense, kernel_regularizer: "
                             "{type: L22}}", 3, "L2"),
    "a regularizer's argument": ("model", "layers:\n  c: {type: Dense, kernel_regularizer: "
                                 "{type: L2, l3: 1}}", 3, "l3"),
    "an argument of a wrapped layer": ("model", "layers:\n  c: {type: Bidirectional, layer: "
                                       "{type: LSTM, unitz: 4}}", 3, "unitz"),
    "inputs of a wrapped layer": ("model", "layers:\n  c: {type: Bidirectional, layer: "
                                  "{type: LSTM, inputs: a}}", 3, "inputs"),
    "an application's argument": ("model", "layers:\n  b: {type: keras.applications.ResNet50, "
                                  "includetop: false}", 3, "includetop"),
    "an operation": ("model", "layers:\n  c: {op: reshap}", 3, "an op"),
    "an operation's argument": ("model", "layers:\n  c: {op: reshape, newshap: [3]}", 3, "newshap"),
    "an argument beside `share`": ("model", "layers:\n  c: {share: a, units: 3}", 3, "units"),
    "a reserved key's kind": ("model", "layers:\n  c: {type: Dense, repeat: twice}", 3,
                              "a whole number"),
    "a key of the model": ("model", "layer:\n  c: Dense", 2, "layer"),
    "a list of layers": ("model", "layers:\n  - Dense", 3, "object"),
    "a key of an input": ("model", "inputs: {a: {shap: [3]}}", 2, "shap"),
    "a dtype": ("model", "inputs: {a: {shape: [3], dtype: flot32}}", 2, "float32"),
    "a key of a block": ("model", "blocks:\n  a: {layerz: {}}", 3, "layerz"),
    "a block file's node": ("block", "layers:\n  c: {type: Dense, unitz: $n}", 3, "unitz"),
    "an optimizer": ("optimizer", "type: Adamm", 2, "Adam"),
    "an optimizer's argument": ("optimizer", "type: Adam\nlearning_rat: 0.1", 3, "learning_rat"),
    "a schedule's argument": ("optimizer", "type: Adam\nlearning_rate: {type: CosineDecay, "
                              "decay_stepz: 3}", 3, "decay_stepz"),
    "a schedule": ("optimizer/schedule", "type: CosinDecay", 2, "CosineDecay"),
    "a loss": ("loss", "type: Hubber", 2, "a loss"),
    "a loss's argument": ("loss", "type: Huber\ndelt: 1.0", 3, "delt"),
    "a metric": ("metrics", "auc: AUCC", 2, "a metric"),
    "a callback's argument": ("callbacks", "stop: {type: EarlyStopping, patiense: 3}", 2,
                              "patiense"),
    "a tracker": ("tracker", "csv: cvs", 2, "csv"),
    "a strategy's argument": ("strategy", "type: gpu\nindx: 0", 3, "indx"),
    "an export target": ("export", "phone: {type: lite_rt}", 2, "litert"),
    "a data source": ("data", "source: {type: cvs}", 2, "the name of a source"),
    "a source's argument": ("data", "source: {type: csv, pth: a.csv}", 2, "pth"),
    "a key of the data": ("data", "source: {type: csv}\nbatchsize: 3", 3, "batchsize"),
    "a share of the split": ("data", "source: {type: csv}\nsplit: {trian: 0.5}", 3, "trian"),
    "a cache": ("data", "source: {type: csv}\ncache: disc", 3, "memory"),
    "a key of a stage": ("train", "stages:\n  head: {epoch: 3}", 3, "epoch"),
    "epochs as a text": ("train", "epochs: many", 2, "a whole number"),
    "a group in an experiment": ("experiment", "optimiser: {type: Adam}", 2, "optimiser"),
    "an optimizer's change": ("experiment", "optimizer: {learning_rat: 0.1}", 2, "learning_rat"),
    "an overridden group": ("experiment", "defaults:\n  - override /modl: cnn", 3, "modl"),
    "a loss's weight": ("experiment", "loss_weights: {team: much}", 2, "a number"),
    "an optimizer within another": ("optimizer", "type: LossScaleOptimizer\n"
                                    "inner_optimizer: {type: SGD, momentun: 0.9}", 3, "momentun"),
    "a task": ("config", "task: clasification", 2, "classification"),
    "a seed": ("config", "seed: one", 2, "a whole number"),
}  # fmt: skip


@pytest.mark.parametrize("typo", TYPOS)
def test_a_typo_is_underlined_where_it_stands(server: LanguageServer, file, typo: str):
    group, text, line, said = TYPOS[typo]
    found = server.diagnostics(*file(group, text))
    assert [problem["range"]["start"]["line"] + 1 for problem in found] == [line], found
    marked = text.splitlines()[line - 2][
        found[0]["range"]["start"]["character"] : found[0]["range"]["end"]["character"]
    ]
    assert said in found[0]["message"] or said in marked, found


@pytest.mark.parametrize(
    ("group", "text"),
    [
        ("model", "layers:\n  c: {type: Dense, units: $data.classes}"),
        ("model", "layers:\n  c: {type: Dense, units: $(4 * x), use_bias: '${flag}'}"),
        ("model", "layers:\n  c: {type: Dense, units: '???'}\n  d: null"),
        ("model", "layers:\n  c: {type: my_package.layers.Own, anything: 3}"),
        ("model", "layers:\n  c: {type: Conv2D, padding: SAME, kernel_size: [3, 3]}"),
        ("model", "layers:\n  c: {block: own, anything: 3}"),
        ("model", "layers:\n  c: {type: keras.layers.Dense, units: 3, inputs: [a, b]}"),
        ("experiment", "model:\n  layers:\n    head: {units: 3}"),
        ("experiment", "loss: {urgent: BinaryCrossentropy, team: {type: Huber, delta: 2.0}}"),
        ("experiment", "metrics: {urgent: {auc: AUC}, accuracy: null}"),
        ("optimizer", "defaults: [adam]\nlearning_rate: 0.1"),
    ],
)
def test_what_the_language_allows_is_not_underlined(server: LanguageServer, file, group, text):
    assert server.diagnostics(*file(group, text)) == []


def test_a_node_is_offered_the_arguments_of_its_type_with_their_documentation(server, file):
    offered = server.completions(*file("model", "layers:\n  c:\n    type: Conv2D\n    |"))
    assert {"filters", "kernel_size", "padding", "inputs", "repeat"} <= offered.keys()
    assert "units" not in offered
    assert "the number of filters" in offered["filters"]
    assert 'Default: "valid"' in offered["padding"]
    assert "previous node" in offered["inputs"]


@pytest.mark.parametrize(
    ("group", "text", "name", "documentation"),
    [
        ("model", "layers:\n  c: {type: |}", "Conv2D", "2D convolution layer."),
        ("model", "layers:\n  c: |", "FeatureEncoder", ""),
        ("model", "layers:\n  c: {op: |}", "reshape", ""),
        ("model", "layers:\n  c: {type: Conv2D, padding: |}", "same", ""),
        ("model", "layers:\n  c: {type: Dense, activation: |}", "relu", ""),
        ("model", "layers:\n  c: {type: Bidirectional, layer: {type: |}}", "LSTM", ""),
        ("optimizer", "type: |", "AdamW", "AdamW algorithm"),
        ("optimizer", "type: SGD\n|", "momentum", "gradient descent"),
        ("metrics", "auc: |", "AUC", ""),
        ("strategy", "type: |", "mirrored", "several devices"),
        ("data", "|", "batch_size", "samples in a batch"),
        ("train", "|", "epochs", "passes over"),
        ("experiment", "defaults:\n  - override /model: |", "cnn", ""),
        ("config", "|", "seed", "seed of everything"),
    ],
)
def test_names_are_offered_where_they_may_stand(
    server: LanguageServer, file, group: str, text: str, name: str, documentation: str
):
    offered = server.completions(*file(group, text))
    assert name in offered
    assert documentation in offered[name]


def test_documentation_is_shown_under_the_pointer(server: LanguageServer, file):
    argument = server.hover(*file("model", "layers:\n  c: {type: Dropout, ra|te: 0.5}"))
    assert "Fraction of the input units to drop" in argument
    assert "convolution layer" in server.hover(*file("model", "layers:\n  c: {type: Co|nv2D}"))
    assert "samples in a batch" in server.hover(*file("data", "batch_|size: 3"))


def test_a_users_own_files_are_read_by_the_schemas_that_the_command_wrote(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from kerascfg.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf" / "model").mkdir(parents=True)
    assert main(["schema"]) == 0
    text = "# yaml-language-server: $schema=../.schema/model.json\nlayers: {a: {type: Dens}}\n"
    with LanguageServer(program, tmp_path) as server:
        (problem,) = server.diagnostics(tmp_path / "conf" / "model" / "own.yaml", text)
    assert problem["range"]["start"]["line"] == 1
