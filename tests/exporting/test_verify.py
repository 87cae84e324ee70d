"""Delivered files are held to their manifest, and a stranger's manifest to its folder."""

import json

import pytest

from kerascfg.cli.export import main
from kerascfg.errors import RunError
from kerascfg.exporting import check_deliveries
from kerascfg.exporting.delivery import Delivery, describe_files, read_manifest, write_manifest
from kerascfg.runs import create_run


@pytest.fixture
def run(tmp_path):
    made = create_run(tmp_path)
    for name in ("exports/litert/model.tflite", "exports/onnx/model.onnx"):
        made.write_text(name, name)
    exports = made.path("exports")
    for target in ("litert", "onnx"):
        files = describe_files(exports, exports / target)
        write_manifest(made.directory, [Delivery(target, "delivered", files=files)])
    made.status("finished")
    return made


def test_what_was_delivered_is_as_described(run, capsys):
    assert check_deliveries(run.directory) == {"litert": None, "onnx": None}
    assert main([f"run={run.directory}", "--check"]) == 0
    assert capsys.readouterr().out.count("as its manifest describes it") == 2


@pytest.mark.parametrize(
    ("content", "said"), [("x", "1 bytes instead of 27"), ("X" * 27, "another content (SHA-256)")]
)
def test_another_content_is_told(run, capsys, content, said):
    run.path("exports/litert/model.tflite").write_text(content)
    assert main([str(run.directory), "--check"]) == 1
    assert said in capsys.readouterr().out


def test_a_missing_file_and_a_link_are_told(run, tmp_path):
    file = run.path("exports/onnx/model.onnx")
    file.rename(tmp_path / "elsewhere")
    assert "it is not there" in str(check_deliveries(run.directory)["onnx"])
    file.symlink_to(tmp_path / "elsewhere")
    assert "it is not there" in str(check_deliveries(run.directory)["onnx"])


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry["files"][0].update(path="../../secret"),
        lambda entry: entry["files"][0].update(path="litert/../../secret"),
        lambda entry: entry["files"][0].update(path="/etc/passwd"),
        lambda entry: entry["files"][0].update(path="litert\\..\\..\\secret"),
        lambda entry: entry["files"][0].update(path=["litert"]),
        lambda entry: entry["files"][0].update(size_bytes="27"),
        lambda entry: entry.update(files=3),
        lambda entry: entry.update(notes=[[]]),
        lambda entry: entry.update(status=None),
        lambda entry: entry.pop("target"),
    ],
)
def test_a_manifest_that_is_not_as_it_was_written_is_refused(run, change):
    file = run.path("exports/manifest.json")
    manifest = json.loads(file.read_text())
    change(manifest["deliveries"][0])
    file.write_text(json.dumps(manifest))
    with pytest.raises(RunError, match="is no manifest of deliveries"):
        read_manifest(run.directory)
