from __future__ import annotations

from pathlib import Path

import pytest

import kerascfg
from kerascfg.errors import ConfigError


def test_load_composes_overrides_into_plain_containers():
    config = kerascfg.load(["optimizer=sgd", "train.epochs=3"])
    assert type(config) is dict
    assert config["optimizer"]["type"] == "SGD"
    assert config["train"]["epochs"] == 3
    assert kerascfg.check(config) == []


def test_load_reads_a_resolved_config(tmp_path: Path):
    (tmp_path / "config.yaml").write_text("seed: 3\n", encoding="utf-8")
    assert kerascfg.load(tmp_path / "config.yaml") == {"seed": 3}


@pytest.mark.parametrize("text", ["a: [", "- 1"])
def test_load_refuses_what_is_no_config(tmp_path: Path, text: str):
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        kerascfg.load(tmp_path / "config.yaml")
    with pytest.raises(ConfigError):
        kerascfg.load(tmp_path / "nothing.yaml")


def test_load_says_what_is_wrong_with_an_override():
    with pytest.raises(ConfigError) as error:
        kerascfg.load(["optimizer=adm"])
    assert error.value.problems[0].fix == "optimizer=adam"


@pytest.mark.slow
def test_a_notebook_trains_and_exports_by_six_functions(tmp_path: Path):
    config = kerascfg.load(["train.epochs=1", "export=[]"])
    model = kerascfg.build_model(config)
    assert model.layers[-1].name == "head"
    run = kerascfg.train(config, tmp_path / "run")
    (delivery,) = kerascfg.export(run, ["litert"])
    assert delivery.status == "delivered"
    assert kerascfg.open_run(tmp_path / "run").metrics() == run.metrics()


@pytest.mark.slow
def test_a_model_with_stated_inputs_is_built_without_reading_data():
    config = kerascfg.load([])
    config["data"] = {"source": {"type": "csv", "path": __file__}, "target": "x"}
    layers = {"head": {"type": "Dense", "units": 2}}
    config["model"] = {"inputs": {"x": {"shape": [3]}}, "layers": layers}
    from kerascfg.assembly import build_core

    assert build_core(config).model.count_params() == 8


def test_training_a_wrong_config_starts_nothing(tmp_path: Path):
    config = {**kerascfg.load([]), "sed": 1}
    with pytest.raises(ConfigError):
        kerascfg.train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_model_by_itself_is_built_from_its_file(tmp_path: Path):
    file = tmp_path / "model.yaml"
    file.write_text("inputs: {x: {shape: [3]}}\nlayers: {head: {type: Dense, units: 2}}")
    assert kerascfg.build_model(file).count_params() == 8


@pytest.mark.slow
def test_a_model_by_itself_that_needs_data_is_refused():
    with pytest.raises(ConfigError) as error:
        kerascfg.build_model({"layers": {"head": {"type": "Dense", "units": 2}}})
    assert "there is no data to take them from" in error.value.problems[0].message


def test_mistakes_in_a_model_by_itself_are_found():
    with pytest.raises(ConfigError) as error:
        kerascfg.build_model({"layers": {"head": {"type": "Dense", "unit": 2}}})
    assert error.value.problems[0].path == "model.layers.head.unit"


@pytest.mark.slow
def test_arrays_in_memory_train_and_leave_their_description(tmp_path: Path):
    import numpy as np

    config = kerascfg.load(["model=mlp", "train.epochs=1", "export=[]"])
    random = np.random.default_rng(0)
    config["data"]["source"] = (random.random((60, 4), "float32"), np.arange(60) % 3)
    assert kerascfg.check(config) == []
    run = kerascfg.train(config, tmp_path / "run")
    again = kerascfg.load(run.directory / "config.yaml")
    assert again["data"]["source"]["columns"] == {
        "features": "float32 [60, 4]",
        "target": "int32 [60]",
    }
    with pytest.raises(ConfigError, match="given as a Python object"):
        kerascfg.train(again, tmp_path / "again")
