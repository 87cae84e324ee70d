import hashlib
import json

import pytest

from kerascfg.errors import RunError
from kerascfg.exporting import Delivery, Port, read_manifest
from kerascfg.exporting.delivery import File, describe_files, read_deliveries, write_manifest

KEYS = [
    "target", "status", "reason", "notes", "files", "inputs", "outputs", "cases", "differences",
    "nan", "quantize", "tolerance", "tolerance_reason", "max_abs_diff", "max_rel_diff",
    "max_scaled_diff", "cosine", "top1_agreement", "metric", "metric_drop", "metric_reason",
    "latency_ms", "latency", "load_ms", "memory_bytes", "convert_seconds", "conversion_seconds",
    "seconds", "metadata", "keras_ms", "metric_name", "usage", "usage_language", "kit",
    "model_sha256",
]  # fmt: skip


def listed(run):
    return [(entry["target"], entry["status"]) for entry in read_manifest(run)]


def test_an_entry_has_exactly_the_keys_of_the_interface():
    assert list(Delivery("litert", "delivered", keras_ms=3.0).entry()) == KEYS


def test_a_port_names_the_model_s_name_only_where_it_differs():
    assert Port("x", (None, 2), "float32").entry() == {
        "name": "x", "shape": [None, 2], "dtype": "float32"
    }  # fmt: skip
    assert Port("a_b", (1,), "float32", "a b").entry()["model_name"] == "a b"


def test_the_manifest_keeps_what_it_says_of_other_targets(tmp_path):
    write_manifest(tmp_path, [Delivery("litert", "delivered")])
    write_manifest(tmp_path, [Delivery("saved_model", "refused", "why")])
    assert listed(tmp_path) == [("litert", "delivered"), ("saved_model", "refused")]


def test_a_delivery_replaces_all_that_was_said_of_its_target(tmp_path):
    write_manifest(tmp_path, [Delivery("litert", "delivered"), Delivery("litert", "failed", "x")])
    write_manifest(tmp_path, [Delivery("litert", "delivered", seconds=2.0)])
    assert listed(tmp_path) == [("litert", "delivered")]


def test_deliveries_are_read_as_they_were_written(tmp_path):
    delivery = Delivery(
        "litert",
        "delivered",
        notes=("one",),
        files=(File("litert/model.tflite", "0" * 64, 3),),
        inputs=(Port("a_b", (None, 2), "float32", "a b"),),
        latency=({"batch": 1, "threads": None, "p50": 0.1, "p95": 0.2},),
        metadata={"run": "mine"},
    )
    write_manifest(tmp_path, [delivery])
    assert read_deliveries(tmp_path) == [delivery]


def test_an_entry_of_an_older_or_newer_version_is_read(tmp_path):
    (tmp_path / "exports").mkdir()
    entry = {"target": "litert", "status": "delivered", "invented_later": 1}
    content = json.dumps({"deliveries": [entry]})
    (tmp_path / "exports" / "manifest.json").write_text(content, encoding="utf-8")
    assert read_deliveries(tmp_path) == [Delivery("litert", "delivered")]


def test_a_failure_leaves_an_older_delivery_described(tmp_path):
    for delivery in (
        Delivery("litert", "delivered"),
        Delivery("litert", "refused", "x"),
        Delivery("litert", "failed", "y"),
    ):
        write_manifest(tmp_path, [delivery])
    assert listed(tmp_path) == [("litert", "delivered"), ("litert", "failed")]


def test_nan_is_written_as_null(tmp_path):
    write_manifest(tmp_path, [Delivery("litert", "failed", max_rel_diff=float("inf"))])
    text = (tmp_path / "exports" / "manifest.json").read_text(encoding="utf-8")
    assert json.loads(text)["deliveries"][0]["max_rel_diff"] is None


@pytest.mark.parametrize(
    "content",
    [
        "{",
        '{"deliveries": [{"target": "litert"}]}',
        '{"deliveries": [{"target": "litert", "status": "delivered", "files": [{"path": "a"}]}]}',
        '{"deliveries": [{"target": "litert", "status": "delivered", "inputs": ["x"]}]}',
    ],
)
def test_a_damaged_manifest_says_so(tmp_path, content):
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(RunError, match="no manifest of deliveries"):
        read_deliveries(tmp_path)


def test_files_are_described_relative_to_the_manifest(tmp_path):
    folder = tmp_path / "saved_model" / "1"
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (file,) = describe_files(tmp_path, tmp_path / "saved_model")
    assert file.path == "saved_model/1/saved_model.pb"
    assert file.size_bytes == 5
    assert file.sha256 == hashlib.sha256(b"graph").hexdigest()
