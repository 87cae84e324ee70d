"""The walk from a config to a delivered model, on real data, in one process."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rich.console import Console

from kerascfg.errors import ConfigError, GateError, RunError

CONFIG = """
name: small
seed: 1
task: classification
data: {source: digits, batch_size: 64}
model:
  layers:
    conv1: {type: Conv2D, filters: 8, kernel_size: 3, activation: relu}
    drop: {type: Dropout, rate: 0.1}
    flat: Flatten
    head: {type: Dense, units: $data.classes, activation: softmax}
optimizer:
  type: Adam
  learning_rate: {type: CosineDecay, initial_learning_rate: 0.01, decay_steps: $train.steps}
loss: SparseCategoricalCrossentropy
metrics: {accuracy: SparseCategoricalAccuracy}
train: {epochs: 2}
callbacks: {best: BestCheckpoint}
tracker: {csv: csv}
strategy: cpu
"""


def config(**changes: Any) -> dict[str, Any]:
    return {**yaml.safe_load(CONFIG), **changes}


def run_in(directory: Path, given: dict[str, Any]):
    from kerascfg.interpreter import train
    from kerascfg.runs import create_run, ending

    run = create_run(directory)
    with ending(run):
        return train(given, run, Console(quiet=True))


def problems(**changes: Any) -> list[str]:
    from kerascfg.interpreter import check

    return [problem.path for problem in check(config(**changes))]


# --- check ---------------------------------------------------------------------------------------


def test_a_good_config_has_no_problems():
    assert problems() == []


def test_mistakes_of_all_groups_are_collected():
    found = problems(
        optimzer="Adam",
        task="clasification",
        seed=-1,
        strategy="gpuu",
        tracker={"csv": "csvv"},
        export={"litert": {"type": "litertt"}},
        rank_by=3,
    )
    assert found == [
        "optimzer",
        "task",
        "seed",
        "rank_by",
        "tracker.csv",
        "strategy",
        "export.litert.type",
    ]


def test_hydra_s_target_is_refused_wherever_it_stands():
    model = {"layers": {"a": {"type": "Dense", "units": 1, "_target_": "os.system"}}}
    assert "model.layers.a._target_" in problems(model=model)
    assert "data._target_" in problems(data={"source": "digits", "_target_": "os.system"})


def test_an_input_that_the_data_does_not_have_is_found_before_the_data_is_read():
    layers = {"flat": {"type": "Flatten", "inputs": "picture"}, "head": "Flatten"}
    assert problems(model={"layers": layers}) == ["model.layers.flat.inputs"]


def test_a_head_too_small_for_the_data_s_classes_is_found_before_the_data_is_read():
    head = {"type": "Dense", "units": 5, "activation": "softmax"}
    assert problems(model={"layers": {"flat": "Flatten", "head": head}}) == ["model.layers.head"]


def test_a_stated_input_that_the_data_lacks_is_found_before_the_data_is_read():
    layers = {"flat": "Flatten", "head": {"type": "Dense", "units": 10, "activation": "softmax"}}
    model = {"inputs": {"imag": {"shape": [8, 8, 1]}}, "layers": layers}
    assert problems(model=model) == ["model.inputs.imag"]


def test_groups_that_are_no_mappings_are_problems_and_no_tracebacks():
    for key in ("data", "model", "train", "callbacks", "tracker", "export", "metrics"):
        assert any(path.startswith(key) for path in problems(**{key: 3})), key
        assert any(path.startswith(key) for path in problems(**{key: "some text"})), key


MIXED = {"mix": {"type": "MixUp", "inputs": {"images": "image", "labels": "digit"}}}


def test_numbers_of_classes_that_would_be_mixed_are_found_before_the_data_is_read():
    data = {"source": "digits", "augment": MIXED}
    assert problems(data=data) == ["data.augment.mix.inputs.labels"]
    one_hot = {"digit_one_hot": {"op": "one_hot", "inputs": "digit", "num_classes": 10}}
    mixed = {"mix": {**MIXED["mix"], "inputs": {"images": "image", "labels": "digit_one_hot"}}}
    loss = "CategoricalCrossentropy"
    assert problems(data={**data, "target": one_hot, "augment": mixed}, loss=loss) == []


def test_a_misspelled_feature_to_put_samples_together_by_is_found_before_the_data_is_read():
    from kerascfg.interpreter import check

    (problem,) = check(config(data={"source": "digits", "bucket": "imag"}))
    assert (problem.path, problem.fix) == ("data.bucket", "data.bucket=image")
    assert "did you mean `image`?" in (problem.hint or "")


# --- build ---------------------------------------------------------------------------------------


def model_on_images(layers: str) -> dict[str, Any]:
    return {"inputs": {"image": {"shape": [8, 8, 1]}}, "layers": yaml.safe_load(layers)}


def test_a_fact_inside_an_expression_is_read_from_the_data():
    from kerascfg.assembly import build_core

    model = model_on_images("{flat: Flatten, head: {type: Dense, units: $(2 * data.classes)}}")
    assert build_core(config(model=model)).model.output.shape == (None, 20)


def test_a_layer_adapts_though_the_model_states_its_inputs():
    from kerascfg.assembly import build_core

    built = build_core(config(model=model_on_images("{norm: Normalization, flat: Flatten}"))).model
    assert np.all(built.get_layer("norm").mean)


def test_a_run_may_have_any_name_and_its_model_one_for_tensorflow():
    from kerascfg.assembly import build_core

    named = config(name="größe 2", model=model_on_images("{flat: Flatten}"))
    assert build_core(named).model.name == "gr__e_2"


# --- train ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory):
    return run_in(tmp_path_factory.mktemp("run"), config())


@pytest.mark.slow
def test_the_run_directory_holds_what_the_run_was_told_did_and_delivered(trained):
    run = trained.run
    names = {
        p.relative_to(run.directory).as_posix() for p in run.directory.rglob("*") if p.is_file()
    }
    assert names == {
        "config.yaml",
        "status.json",
        "environment.json",
        "history.csv",
        "metrics.json",
        "model.keras",
        "samples.npz",
        "calibration.npz",
        "facts.json",
        "choices.json",
        "checkpoints/best.weights.h5",
        "checkpoints/state-000001.safetensors",
        "plots/history.png",
        "plots/confusion.png",
    }
    assert run.config() == config()
    assert run.status_json()["state"] == "finished"
    environment = json.loads((run.directory / "environment.json").read_text())
    assert environment["seed"] == 1
    assert environment["devices"] == ["CPU:0"]
    assert len(environment["data_fingerprint"]) == 64


@pytest.mark.slow
def test_the_history_has_a_row_an_epoch_and_the_rate_falls_to_nothing(trained):
    with (trained.run.directory / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"} <= rows[0].keys()
    assert float(rows[1]["learning_rate"]) < 1e-6 < float(rows[0]["learning_rate"])


@pytest.mark.slow
def test_the_saved_model_gives_the_metrics_that_were_reported(trained):
    import keras

    from kerascfg.data import open_data

    data = open_data(config()["data"], task="classification", seed=1)
    model = keras.saving.load_model(trained.run.directory / "model.keras", compile=False)
    for split, reported in trained.run.metrics().items():
        features, targets = data.arrays(split)
        choices = model.predict(features["image"], verbose=0).argmax(-1)
        accuracy = (choices == targets["digit"].reshape(-1)).mean()
        assert reported["accuracy"] == pytest.approx(accuracy, abs=1e-6), split
    assert trained.metrics["test"]["accuracy"] > 0.6


@pytest.mark.slow
def test_the_samples_are_real_ones_of_the_test_split(trained):
    from kerascfg.data import open_data

    data = open_data(config()["data"], task="classification", seed=1)
    with np.load(trained.run.directory / "samples.npz") as samples:
        features, targets = data.arrays("test", limit=256)
        assert np.array_equal(samples["x/image"], features["image"])
        assert np.array_equal(samples["y/digit"], targets["digit"])


@pytest.mark.slow
def test_what_quantisation_is_calibrated_with_is_drawn_from_the_training_split(trained):
    from kerascfg.data import open_data

    data = open_data(config()["data"], task="classification", seed=1)
    with np.load(trained.run.directory / "calibration.npz") as samples:
        features, targets = data.arrays("train")
        pairs = zip(features["image"], targets["digit"], strict=True)
        known = {image.tobytes(): label for image, label in pairs}
        drawn = [known[image.tobytes()] for image in samples["x/image"]]
        assert len(drawn) == min(512, len(features["image"]))
        assert np.array_equal(np.ravel(samples["y/digit"]), np.ravel(drawn))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_run_and_another_seed_another(trained, tmp_path: Path):
    same = run_in(tmp_path / "same", config())
    other = run_in(tmp_path / "other", config(seed=2))
    assert same.metrics == trained.metrics
    assert other.metrics != trained.metrics


@pytest.mark.slow
def test_stages_freeze_and_thaw_and_count_their_epochs_on(tmp_path: Path):
    stages = {
        "head": {"trainable": ["head"], "epochs": 1},
        "all": {"epochs": 2, "optimizer": {"type": "SGD", "learning_rate": 0.001}},
    }
    given = config(train={"stages": stages}, optimizer="Adam")
    trained = run_in(tmp_path / "run", given)
    with (tmp_path / "run" / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [float(row["learning_rate"]) for row in rows] == pytest.approx([0.001, 0.001, 0.001])
    assert all(layer.trainable for layer in trained.model.layers)


@pytest.mark.slow
def test_a_regression_trains_evaluates_and_draws_no_confusion(tmp_path: Path):
    model = {"layers": {"norm": "FeatureEncoder", "head": {"type": "Dense", "units": 1}}}
    given = config(
        data={"source": "diabetes"}, model=model, task="regression", loss="MeanSquaredError",
        metrics={"mae": "MeanAbsoluteError"}, optimizer="Adam",
    )  # fmt: skip
    trained = run_in(tmp_path / "run", given)
    assert set(trained.metrics["test"]) == {"loss", "mae"}
    assert [file.name for file in (tmp_path / "run" / "plots").iterdir()] == ["history.png"]


@pytest.mark.slow
def test_what_only_the_data_shows_to_be_wrong_ends_the_run_with_its_place(tmp_path: Path):
    given = config(data={"source": "digits", "classes": 12})
    with pytest.raises(ConfigError):
        run_in(tmp_path / "run", given)
    status = json.loads((tmp_path / "run" / "status.json").read_text())
    assert (status["state"], status["exit_status"]) == ("failed", 2)
    assert "data.classes" in status["message"]
    assert not (tmp_path / "run" / "model.keras").exists()


@pytest.mark.slow
def test_a_loss_that_is_no_number_fails_the_run_and_leaves_no_model(tmp_path: Path):
    with pytest.raises(RunError, match="the loss became"):
        run_in(tmp_path / "run", config(optimizer={"type": "SGD", "learning_rate": 1.0e38}))
    assert not (tmp_path / "run" / "model.keras").exists()
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "failed"


@pytest.mark.slow
def test_a_shape_that_does_not_fit_names_the_node_and_the_shapes_that_met(tmp_path: Path):
    layers = {"flat": "Flatten", "conv1": {"type": "Conv2D", "filters": 3, "kernel_size": 3}}
    with pytest.raises(ConfigError) as error:
        run_in(tmp_path / "run", config(model={"layers": layers}))
    (problem,) = error.value.problems
    assert problem.path == "model.layers.conv1"
    assert "(None, 64)" in problem.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"loss": "MeanSquaredError"}, "loss"),
        ({"loss": "CategoricalCrossentropy"}, "loss"),
        ({"model": {"layers": {"flat": "Flatten", "head": {"type": "Dense", "units": 5}}}},
         "model.layers"),
    ],
)  # fmt: skip
def test_outputs_that_do_not_fit_the_targets_are_found_before_the_first_step(
    changes: dict[str, Any], path: str, tmp_path: Path
):
    with pytest.raises(ConfigError) as error:
        run_in(tmp_path / "run", config(**changes))
    assert [problem.path for problem in error.value.problems] == [path]
    assert not (tmp_path / "run" / "history.csv").exists()


@pytest.mark.slow
def test_a_batch_larger_than_the_data_is_all_of_it_and_reports_its_true_loss(tmp_path: Path):
    given = config(data={"source": "digits", "batch_size": 4096}, train={"epochs": 1})
    given["model"] = {"layers": {"flat": "Flatten", "head": {"type": "Dense", "units": 10,
                                                            "activation": "softmax"}}}  # fmt: skip
    given["optimizer"] = {"type": "SGD", "learning_rate": 0.0}
    trained = run_in(tmp_path / "run", given)
    with (tmp_path / "run" / "history.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert float(row["loss"]) == pytest.approx(trained.metrics["train"]["loss"], rel=1e-4)


@pytest.mark.slow
def test_an_artefact_outside_its_tolerance_is_a_gate_that_was_not_met(trained, tmp_path: Path):
    import shutil

    from kerascfg.interpreter import deliver
    from kerascfg.runs import open_run

    shutil.copytree(trained.run.directory, tmp_path / "run")
    run = open_run(tmp_path / "run")
    with pytest.raises(GateError, match="litert"):
        deliver(run, {"litert": {"type": "litert", "tolerance": 1e-12}}, Console(quiet=True))
    assert not (tmp_path / "run" / "exports" / "litert").exists()
