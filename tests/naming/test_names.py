from __future__ import annotations

from pathlib import Path

import pytest

from kerascfg.errors import Problem
from kerascfg.naming import Found, find, names_of_area
from kerascfg.naming.names import import_object


def refused(name: str, area: str = "layer") -> Problem:
    found = find(name, area, "node.type")
    assert isinstance(found, Problem), found
    return found


@pytest.mark.parametrize(
    ("name", "area", "module"),
    [
        ("Conv2D", "layer", "keras.layers"),
        ("FeatureEncoder", "layer", "kerascfg.layers"),
        ("relu", "op", "keras.ops"),
        ("CosineDecay", "schedule", "keras.optimizers.schedules"),
        ("BestCheckpoint", "callback", "kerascfg.training.callbacks"),
        ("digits", "source", "kerascfg.data.sources"),
        ("keras.layers.Dense", "layer", "keras.layers"),
        ("keras.layers.JaxLayer", "layer", "keras.layers"),
        ("keras.applications.mobilenet_v2.preprocess_input", "op",
         "keras.applications.mobilenet_v2"),
    ],
)  # fmt: skip
def test_known_names_are_found(name: str, area: str, module: str):
    found = find(name, area, "p")
    assert isinstance(found, Found), found
    assert found.module == module


@pytest.mark.parametrize(
    ("name", "area", "meant"),
    [
        ("Conv2DD", "layer", "Conv2D"),
        ("dense", "layer", "Dense"),
        ("mse", "loss", "MeanSquaredError"),
        ("litertt", "target", "litert"),
        ("keras.layers.Densee", "layer", "keras.layers.Dense"),
    ],
)
def test_a_misspelled_name_is_given_its_right_spelling(name: str, area: str, meant: str):
    assert refused(name, area).fix == f"node.type={meant}"


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "logging.os.system",
        "builtins.eval",
        "keras.utils.get_file",
        "keras.saving.load_model",
        "keras.layers.deserialize",
        "keras.layers.Lambda",
        "keras.layers.TFSMLayer",
        "keras.callbacks.RemoteMonitor",
        "keras.src.utils.file_utils.get_file",
        "keras_hub.upload_preset",
        "kerascfg.naming.trust.trust",
        "kerascfg.layers.feature_encoder.np.load",
        "kerascfg.data.sources.csv.RunError",
        "Lambda",
        "Layer",
        "_private",
        "",
        "keras.layers.",
        ".Dense",
    ],
)
def test_what_loads_sends_or_deletes_cannot_be_named(name: str):
    refused(name)


@pytest.mark.parametrize("area", ["layer", "callback", "loss", "source", "strategy", "target"])
def test_an_area_lists_what_it_can_find(area: str):
    names = names_of_area(area)
    assert names
    assert not {"get", "Lambda", "RemoteMonitor"} & set(names)
    assert all(isinstance(find(name, area, "p"), Found) for name in names)


@pytest.fixture
def plugin(write_module, project: Path, monkeypatch: pytest.MonkeyPatch):
    def write(**texts: str) -> str:
        package = write_module(**texts)
        monkeypatch.setenv("KERASCFG_PLUGINS", package)
        return package

    return write


def test_a_users_own_layer_needs_permission(write_module, project: Path):
    package = write_module(layers="class Scale: pass")
    assert package in (refused(f"{package}.layers.Scale").hint or "")


def test_a_users_own_layer_is_found_where_its_package_is_allowed(plugin):
    package = plugin(layers="class Scale:\n  def __init__(self, factor=1.0): pass")
    found = find(f"{package}.layers.Scale", "layer", "p")
    assert isinstance(found, Found)
    assert found.signature.arguments == {"factor": 1.0}


def test_what_a_users_module_merely_imports_stays_refused(plugin):
    package = plugin(
        layers="""
        import os
        import keras
        from subprocess import run
        from keras.utils import get_file
        from keras.layers import Lambda, Dense
        system = os.system
        """
    )
    for name in ("os.system", "run", "system", "get_file", "keras.utils.get_file", "Lambda"):
        refused(f"{package}.layers.{name}")
    assert isinstance(find(f"{package}.layers.Dense", "layer", "p"), Found)


def test_a_mistake_in_a_users_module_is_named_with_its_line(plugin):
    package = plugin(layers="class Scale:\n    pass\n\ndef broken(:\n    pass\n")
    assert "layers.py:4" in refused(f"{package}.layers.Scale").message


def test_a_module_that_is_not_there_is_said_to_be_missing(plugin):
    package = plugin()
    assert f"no module {package}.layerz" in refused(f"{package}.layerz.Scale").message


def test_an_object_is_judged_by_its_own_module_when_it_is_imported(plugin):
    package = plugin(layers="class Scale: pass\nimport os\nglobals()['Scale'] = os.system")
    found = find(f"{package}.layers.Scale", "layer", "p")
    assert isinstance(found, Found)  # the source shows a class
    assert isinstance(import_object(found, "p"), Problem)  # the module does not keep it


def test_a_module_that_fails_to_import_is_a_problem_of_its_name(plugin):
    package = plugin(layers="class Scale: pass\nraise ValueError('no device')")
    found = find(f"{package}.layers.Scale", "layer", "node.type")
    assert isinstance(found, Found)
    problem = import_object(found, "node.type")
    assert isinstance(problem, Problem)
    assert "no device" in problem.message
