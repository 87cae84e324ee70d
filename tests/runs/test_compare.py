"""What two runs differ in, and whether one repeats the other."""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest

from kerascfg.errors import RunError
from kerascfg.runs import (
    compare_reproduction,
    create_run,
    differences,
    differences_from_here,
    expect_trained,
    take_choices,
)
from kerascfg.runs.weights import differing_weights

HISTORY = "epoch,loss,val_loss\n1,0.5,0.6\n2,0.25,0.3\n"


def write_model(file, kernel, config="{}", time="1"):
    weights = io.BytesIO()
    with h5py.File(weights, "w") as stored:
        stored["layers/dense/vars/0"] = np.asarray(kernel, "float32")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"date_saved": time}))
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", weights.getvalue())


def make_run(directory, kernel=(1, 2), history=HISTORY, accuracy=0.9, **environment):
    run = create_run(directory)
    run.write_yaml("config.yaml", {"seed": 1, "optimizer": {"type": "Adam"}})
    told = {"versions": {"keras": "3.15.1"}, "git": None, "devices": ["CPU:0"], "seed": 1}
    told["data_fingerprint"] = "sha256:0"
    run.write_json("environment.json", told | environment)
    run.write_json("metrics.json", {"test": {"accuracy": accuracy}})
    run.write_text("history.csv", history)
    write_model(run.path("model.keras"), kernel, time=str(directory))
    run.status("finished")
    return run


@pytest.fixture
def first(tmp_path):
    return make_run(tmp_path / "first")


def test_equal_runs_do_not_differ(first, tmp_path):
    second = make_run(tmp_path / "second")
    assert differences(first, second) == []
    assert compare_reproduction(first, second).equal


def test_differences_name_section_key_and_both_values(first, tmp_path):
    second = make_run(
        tmp_path / "second",
        accuracy=0.8,
        versions={"keras": "3.16.0"},
        git={"commit": "abc", "dirty": False},
        devices=["GPU:0"],
        data_fingerprint="sha256:1",
        seed=2,
    )
    second.write_yaml("config.yaml", {"seed": 2, "optimizer": "Adam"})
    found = [(d.section, d.key, d.first, d.second) for d in differences(first, second)]
    assert found == [
        ("config", "seed", 1, 2),
        ("config", "optimizer.type", "Adam", None),
        ("config", "optimizer", None, "Adam"),
        ("code", "git.commit", None, "abc"),
        ("code", "git.dirty", None, False),
        ("packages", "versions.keras", "3.15.1", "3.16.0"),
        ("data", "data_fingerprint", "sha256:0", "sha256:1"),
        ("devices", "devices", ["CPU:0"], ["GPU:0"]),
        ("metrics", "test.accuracy", 0.9, 0.8),
    ]


def test_a_run_that_failed_early_differs_in_what_it_never_wrote(first, tmp_path):
    second = create_run(tmp_path / "second")
    second.write_yaml("config.yaml", first.config())
    second.status("failed", "no")
    sections = {each.section for each in differences(first, second)}
    assert sections == {"packages", "data", "devices", "metrics"}


@pytest.mark.parametrize("name", ["environment.json", "metrics.json", "config.yaml"])
def test_a_damaged_file_is_named(first, tmp_path, name):
    second = make_run(tmp_path / "second")
    second.path(name).write_bytes(b"\xff{[")
    with pytest.raises(RunError, match=name):
        differences(first, second)


def test_here_differs_from_another_machine(tmp_path):
    run = make_run(tmp_path / "run", platform="Plan 9", versions={"python": "2.7.0"})
    found = {each.key: (each.first, each.second) for each in differences_from_here(run)}
    assert found["platform"][0] == "Plan 9"
    assert found["versions.python"][0] == "2.7.0"
    assert "devices" not in found


# Reproductions


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (HISTORY.replace("0.3", "0.30000001"), "val_loss of epoch 2: 0.3 and 0.30000001"),
        (HISTORY.replace("2,0.25,0.3\n", ""), "2 and 1 epochs"),
    ],
)
def test_a_history_that_differs_in_a_digit_is_unequal(first, tmp_path, history, said):
    compared = compare_reproduction(first, make_run(tmp_path / "second", history=history))
    assert not compared.equal
    assert compared.history == said


def test_weights_that_differ_in_one_bit_are_unequal(first, tmp_path):
    second = make_run(tmp_path / "second", kernel=[1, np.nextafter(np.float32(2), np.float32(3))])
    compared = compare_reproduction(first, second)
    assert not compared.equal
    assert compared.weights == ("layers/dense/vars/0: differs by up to 2.38e-07",)


def test_zero_and_minus_zero_and_two_nans_are_told_apart_by_their_bits(tmp_path):
    for name, kernel in (("a", [0.0, np.nan]), ("b", [-0.0, np.nan]), ("c", [0.0, np.nan])):
        write_model(tmp_path / name, kernel)
    assert differing_weights(tmp_path / "a", tmp_path / "c") == []
    assert differing_weights(tmp_path / "a", tmp_path / "b")


def test_models_of_other_layers_or_shapes_differ(tmp_path):
    write_model(tmp_path / "a", [1, 2])
    write_model(tmp_path / "b", [1, 2, 3], config='{"name": "other"}')
    said = differing_weights(tmp_path / "a", tmp_path / "b")
    assert said == [
        "layers/dense/vars/0: float32 (2,) and float32 (3,)",
        "config.json: another content",
    ]


def test_numbers_of_objects_in_memory_are_no_difference(tmp_path):
    shared = '[{"shared_object_id": %d}, {"shared_object_id": %d}, {"shared_object_id": %d}]'
    write_model(tmp_path / "a", [1], config=shared % (140, 150, 140))
    write_model(tmp_path / "b", [1], config=shared % (7, 3, 7))
    write_model(tmp_path / "c", [1], config=shared % (7, 3, 3))
    assert differing_weights(tmp_path / "a", tmp_path / "b") == []
    assert differing_weights(tmp_path / "a", tmp_path / "c") == ["config.json: another content"]


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04", b"x" * 100])
def test_a_model_that_is_missing_or_damaged_is_named(tmp_path, content):
    write_model(tmp_path / "a", [1])
    if content is not None:
        (tmp_path / "b").write_bytes(content)
    with pytest.raises(RunError, match=r"b( cannot be read|$)"):
        differing_weights(tmp_path / "a", tmp_path / "b")


def test_weights_in_another_file_are_not_followed(tmp_path):
    weights = io.BytesIO()
    with h5py.File(weights, "w") as stored:
        stored["layers"] = h5py.ExternalLink("/etc/passwd", "x")
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("model.weights.h5", weights.getvalue())
    with pytest.raises(RunError, match="leads to another file"):
        differing_weights(tmp_path / "a", tmp_path / "a")


def test_an_unfinished_run_cannot_be_reproduced(tmp_path):
    run = create_run(tmp_path)
    run.status("failed", "loss became NaN")
    with pytest.raises(RunError, match=r"no metrics.json; the run is failed: loss became NaN"):
        expect_trained(run)


def test_choices_by_measuring_are_repeated(first, tmp_path):
    second = create_run(tmp_path / "second")
    take_choices(first, second)
    assert not second.path("choices.json").exists()
    first.write_json("choices.json", {"steps_per_execution": 64})
    take_choices(first, second)
    assert json.loads(second.path("choices.json").read_text()) == {"steps_per_execution": 64}
