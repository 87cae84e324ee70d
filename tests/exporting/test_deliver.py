import hashlib
import json
import sys
from typing import Any

import numpy as np
import pytest

from kerascfg.errors import ConfigError, RunError
from kerascfg.exporting import export_run, read_manifest
from kerascfg.exporting.about import read_about
from kerascfg.exporting.deliver import Export, describe, lost_too_much
from kerascfg.exporting.delivery import Delivery, write_manifest
from kerascfg.exporting.jobs import Job
from kerascfg.exporting.order import Order
from kerascfg.exporting.samples import Samples
from kerascfg.exporting.score import Score
from kerascfg.exporting.targets.litert import litert

BOTH = {"saved_model": "saved_model", "litert": {"type": "litert", "tolerance": 1e-5}}

EDGES = ["samples", "zeros", "smallest", "largest", "large", "large_negative", "nan"]
DESCRIBED = ("deliveries.csv", "deliveries.png", "MODEL_CARD.md")

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")


def outcomes(deliveries):
    return {delivery.target: delivery.status for delivery in deliveries}


def test_a_wrong_config_starts_nothing(tmp_path):
    with pytest.raises(ConfigError, match="litertt"):
        export_run(tmp_path, {"litert": "litertt"})
    assert list(tmp_path.iterdir()) == []


def test_a_directory_without_a_model_says_so(tmp_path):
    with pytest.raises(RunError, match=r"expected a finished run with a model\.keras"):
        export_run(tmp_path, BOTH)


@pytest.mark.parametrize("name", ["facts.json", "metrics.json", "exports/manifest.json"])
def test_what_is_damaged_is_told_before_anything_is_started(tmp_path, name):
    (tmp_path / "model.keras").write_bytes(b"torn")  # Keras would say so, if it were started
    samples: dict[str, Any] = {"x/image": np.zeros((1, 2))}
    np.savez(tmp_path / "samples.npz", **samples)
    (tmp_path / "exports").mkdir()
    (tmp_path / name).write_text("{", "utf-8")
    told = []
    with pytest.raises(RunError, match=name.rpartition("/")[2]):
        export_run(tmp_path, BOTH, on_progress=lambda *step: told.append(step))
    assert told == []


@pytest.mark.parametrize(
    ("max_drop", "scored", "reason"),
    [
        (None, Score("accuracy", 0.5, 0.4), None),
        (0.01, Score("accuracy", 0.9, 0.01), None),
        (0.01, Score("accuracy", 0.9, 0.02), "on the test samples is worse by 0.02"),
        (0.01, "no truth", "max_drop takes a metric, and there is none: no truth"),
    ],
)
def test_a_metric_worse_than_max_drop_is_not_delivered(max_drop, scored, reason):
    quantize = "int8" if max_drop else None
    said = lost_too_much(litert(quantize=quantize, max_drop=max_drop), scored)
    assert said is None if reason is None else reason in (said or "")


def test_an_unexpected_error_is_the_failure_of_its_target_alone(tmp_path):
    order = Order("lite", litert(), Job(tmp_path, "litert", "export.lite", tmp_path / "gone"))
    export = Export(tmp_path, tmp_path, Samples({}, {}), "", lambda *step: None)
    found = export._verified(order, {}, 1.5)  # the job's folder is not there
    message, first, *_ = found.reason.splitlines()
    assert (found.target, found.status, found.seconds) == ("lite", "failed", 1.5)
    assert message.startswith("verifying failed: FileNotFoundError: ")
    assert first.startswith("Traceback")


@pytest.mark.parametrize(
    ("model_sha256", "earlier"), [("today", False), ("before", True), (None, False)]
)
def test_what_was_made_of_an_earlier_model_is_told_and_not_drawn(tmp_path, model_sha256, earlier):
    latency = {"p50": 1.0, "p95": 2.0}
    made = Delivery("lite", "delivered", latency_ms=latency, model_sha256=model_sha256)
    write_manifest(tmp_path, [made])
    describe(tmp_path, read_about(tmp_path), "today")
    exports = tmp_path / "exports"
    for file in ("MODEL_CARD.md", "deliveries.csv"):
        text = (exports / file).read_text("utf-8")
        assert ("made of an earlier model.keras" in text) == earlier
    assert (exports / "deliveries.png").exists() != earlier


@pytest.mark.slow
class TestTrainedDigits:
    def test_both_targets_agree_with_keras(self, digits_run):
        told = []
        deliveries = export_run(digits_run, BOTH, on_progress=lambda *step: told.append(step))
        assert outcomes(deliveries) == {"saved_model": "delivered", "litert": "delivered"}
        assert set(told) == {
            (target, step) for target in BOTH for step in ("converting", "verifying", "delivered")
        }
        for delivery in deliveries:
            assert delivery.max_abs_diff is not None
            assert delivery.max_abs_diff <= 1e-5
            assert delivery.top1_agreement == 1.0
            assert delivery.cosine == pytest.approx(1)
            assert delivery.metric is not None
            assert delivery.metric > 0.8
            assert delivery.metric_drop == 0.0
            assert delivery.latency_ms is not None
            assert 0 < delivery.latency_ms["p50"] <= delivery.latency_ms["p95"]
            assert delivery.keras_ms is not None
            assert delivery.convert_seconds is not None
            assert 0 < delivery.convert_seconds < delivery.seconds
            assert delivery.load_ms is not None
            assert delivery.differences["largest"] is not None
            assert delivery.differences["largest"] <= 1e-5
            assert delivery.metadata["inputs"].startswith('[{"name":"image"')
            content = (digits_run / "model.keras").read_bytes()
            assert delivery.model_sha256 == hashlib.sha256(content).hexdigest()

        manifest = json.loads((digits_run / "exports" / "manifest.json").read_text("utf-8"))
        served, litert = manifest["deliveries"]
        assert served["cases"] == [*EDGES, "one", "odd"]
        assert litert["cases"] == EDGES
        assert (served["nan"], litert["nan"]) == ("same", "differs")
        assert any("a NaN among the numbers" in note for note in litert["notes"])
        assert [entry["batch"] for entry in served["latency"]] == [1, 8, 32]
        assert {entry["threads"] for entry in served["latency"]} == {None}
        assert litert["latency"][0]["threads"] == 1
        assert served["inputs"] == [{"name": "image", "shape": [None, 8, 8, 1], "dtype": "float32"}]
        assert served["outputs"] == [{"name": "head", "shape": [None, 10], "dtype": "float32"}]
        assert litert["inputs"] == [{"name": "image", "shape": [1, 8, 8, 1], "dtype": "float32"}]
        assert {file["path"] for file in served["files"]} >= {
            "saved_model/1/saved_model.pb",
            "saved_model/1/variables/variables.index",
        }
        for entry in (*served["files"], *litert["files"]):
            content = (digits_run / "exports" / entry["path"]).read_bytes()
            assert entry["sha256"] == hashlib.sha256(content).hexdigest()
            assert entry["size_bytes"] == len(content)
        assert not (digits_run / ".exporting").exists()
        beside = {path.name for path in (digits_run / "exports").iterdir() if path.is_file()}
        assert beside == {"manifest.json", *DESCRIBED}

    def test_a_damaged_artefact_is_caught_and_an_older_delivery_stays(
        self, digits_run, broken_targets
    ):
        old = digits_run / "exports" / "flipped_weight"
        old.mkdir(parents=True)
        (old / "model").write_text("old", encoding="utf-8")
        told = {"target": "flipped_weight", "status": "delivered", "files": []}
        (old.parent / "manifest.json").write_text(json.dumps({"deliveries": [told]}), "utf-8")
        names = ("flipped_weight", "swapped_classes", "no_normalisation")
        deliveries = export_run(digits_run, {name: f"{broken_targets}.{name}" for name in names})
        for delivery in deliveries:
            assert delivery.status == "failed"
            assert delivery.reason.startswith("output 'head', case ")
            assert "differs from Keras by" in delivery.reason
            assert delivery.files == ()
            assert delivery.metric_drop is not None
        assert (old / "model").read_text(encoding="utf-8") == "old"
        assert not (digits_run / "exports" / "swapped_classes").exists()
        assert [(entry["target"], entry["status"]) for entry in read_manifest(digits_run)] == [
            ("flipped_weight", "delivered"),
            ("flipped_weight", "failed"),
            ("swapped_classes", "failed"),
            ("no_normalisation", "failed"),
        ]

    def test_flipped_bits_and_nan_are_caught(self, digits_run, broken_targets):
        export = {name: f"{broken_targets}.{name}" for name in ("flipped_bits", "nan_answers")}
        bits, nan = export_run(digits_run, export)
        assert (bits.status, nan.status) == ("failed", "failed")
        assert "differs from Keras" in bits.reason or "NaN or infinite" in bits.reason
        assert "NaN or infinite on one side only" in nan.reason
        assert nan.max_abs_diff is None
        left = {path.name for path in (digits_run / "exports").iterdir()}
        assert left == {"manifest.json", *DESCRIBED} - {"deliveries.png"}

    def test_a_model_that_cannot_be_asked_is_one_reason_for_all(self, digits_run):
        (digits_run / "model.keras").write_bytes(b"torn")
        deliveries = export_run(digits_run, BOTH)
        assert outcomes(deliveries) == {"saved_model": "failed", "litert": "failed"}
        for delivery in deliveries:
            assert delivery.reason.startswith("asking Keras failed: ")

    @on_posix
    def test_a_converter_that_dies_is_one_message_and_the_others_are_delivered(
        self, digits_run, broken_targets
    ):
        export = {
            "crashing": f"{broken_targets}.segfault",
            "aborting": f"{broken_targets}.abort_at_run",
            "litert": "litert",
        }
        crashing, aborting, litert = export_run(digits_run, export)
        assert litert.status == "delivered"
        assert crashing.status == aborting.status == "failed"
        message, *tail = crashing.reason.splitlines()
        assert message == (
            "converting failed: its process was ended by SIGSEGV (segmentation fault)"
        )
        assert "about to convert the strangest layer" in tail
        assert aborting.reason.startswith("running the artefact failed: its process was ended by")
        assert "SIGABRT" in aborting.reason
        left = {path.name for path in (digits_run / "exports").iterdir()}
        assert left == {"litert", "manifest.json", *DESCRIBED}

    def test_refusals_and_errors_say_what_is_the_matter(self, digits_run, broken_targets):
        names = ("refuses", "raises", "not_installed", "half_installed", "uses_keras")
        export = {name: f"{broken_targets}.{name}" for name in names}
        refuses, raises, not_installed, half, uses_keras = export_run(digits_run, export)
        assert (refuses.status, refuses.reason) == (
            "refused",
            "this format holds no models on Mondays",
        )
        assert raises.status == "failed"
        assert raises.reason.startswith("converting failed: ValueError: axis 7 is out of range\n")
        assert (not_installed.status, not_installed.reason) == (
            "refused",
            "not installed: no-such-package (pip install no-such-package)",
        )
        assert (half.status, half.reason) == (
            "refused",
            "`half_there.rest` cannot be imported (No module named 'half_there.rest'); "
            "pip install half-there",
        )
        assert uses_keras.status == "failed"
        assert "keras is forbidden where the artefact runs by itself" in uses_keras.reason


@pytest.mark.slow
def test_two_inputs_and_two_outputs_keep_their_names(make_run):
    import keras

    acidity = keras.Input((), name="fixed acidity")
    grapes = keras.Input((4,), name="grapes", dtype="int32")
    embedded = keras.layers.Flatten()(keras.layers.Embedding(10, 3)(grapes))
    joined = keras.layers.Concatenate()([keras.layers.Reshape((1,))(acidity), embedded])
    price = keras.layers.Dense(1, name="first")(joined)
    team = keras.layers.Dense(5, name="team")(joined)
    model = keras.Model(
        {"fixed acidity": acidity, "grapes": grapes}, {"urgent": price, "team": team}
    )
    random = np.random.default_rng(0)
    run = make_run(
        model,
        {
            "fixed acidity": random.normal(size=20).astype("float32"),
            "grapes": random.integers(0, 10, (20, 4)),
            "not an input": np.ones(20),
        },
        {"urgent": np.ones(20, "float32"), "team": np.zeros(20, "int32")},
    )
    deliveries = export_run(run, BOTH)
    assert outcomes(deliveries) == {"saved_model": "delivered", "litert": "delivered"}
    for delivery in deliveries:
        assert {port.name: port.model_name for port in delivery.inputs} == {
            "fixed_acidity": "fixed acidity",
            "grapes": None,
        }
        assert {port.name: port.dtype for port in delivery.inputs}["grapes"] == "int32"
        assert [port.name for port in delivery.outputs] == ["team", "urgent"]
        assert delivery.metric is not None and delivery.metric_drop == 0


@pytest.mark.slow
def test_large_answers_are_compared_relative_to_their_size(make_run):
    import keras

    features = keras.Input((10,), name="features")
    x = keras.layers.Dense(32, activation="relu", name="hidden")(features)
    model = keras.Model({"features": features}, keras.layers.Dense(1, name="head")(x))
    model.get_layer("head").set_weights([np.full((32, 1), 300.0), np.array([150.0])])
    samples = np.random.default_rng(0).normal(size=(30, 10)).astype("float32")
    truth = {"progression": np.full((30, 1), 150.0, "float32")}
    (delivery,) = export_run(make_run(model, {"features": samples}, truth), {"litert": "litert"})
    assert delivery.status == "delivered", delivery.reason
    assert delivery.metric is not None
    assert delivery.metric > 1
    assert delivery.top1_agreement is None
