from __future__ import annotations

from pathlib import Path

import pytest

from kerascfg.errors import ConfigError, Problem
from kerascfg.exporting.delivery import Delivery, describe_files, write_manifest
from kerascfg.serving import find_artefact

FILES = {
    "saved_model": ["1/saved_model.pb", "1/variables/variables.index", "serving/README.md"],
    "litert": ["model.tflite", "preprocess.py", "preprocess/saved_model.pb"],
    "onnx": ["model.onnx"],
}


def deliver(run: Path, *targets: str) -> Path:
    """Write what exports leave behind, its files with any content."""
    for target in targets:
        folder = run / "exports" / target
        for name in FILES[target.split("-")[0]]:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{target}: {name}")
        files = describe_files(run / "exports", folder)
        write_manifest(run, [Delivery(target, "delivered", files=files)])
    return run


def problem_of(run: Path, target: str | None = None) -> Problem:
    with pytest.raises(ConfigError) as caught:
        find_artefact(run, target)
    (problem,) = caught.value.problems
    return problem


def test_a_saved_model_is_served_before_a_litert_file(tmp_path: Path):
    artefact = find_artefact(deliver(tmp_path, "onnx", "litert", "saved_model"), None)
    assert (artefact.target, artefact.kind, artefact.version) == ("saved_model", "saved_model", 1)
    assert artefact.path == tmp_path / "exports" / "saved_model" / "1"


def test_a_litert_file_is_served_where_it_is_all_there_is(tmp_path: Path):
    artefact = find_artefact(deliver(tmp_path, "onnx", "litert"), None)
    assert (artefact.target, artefact.kind) == ("litert", "litert")
    assert artefact.path.name == "model.tflite"


def test_a_delivery_of_any_name_is_known_by_its_files(tmp_path: Path):
    artefact = find_artefact(deliver(tmp_path, "saved_model", "litert-int8"), "litert-int8")
    assert artefact.kind == "litert"


def test_the_model_is_called_what_its_delivery_says(tmp_path: Path):
    folder = tmp_path / "exports" / "saved_model" / "serving"
    folder.mkdir(parents=True)
    (folder / "models.config").write_text(
        'model_config_list {\n  config {\n    name: "digits"\n    base_path: "/models/digits"\n'
    )
    assert find_artefact(deliver(tmp_path, "saved_model"), None).name == "digits"


def test_a_name_that_a_shell_would_run_is_not_taken_from_a_delivery(tmp_path: Path):
    folder = tmp_path / "exports" / "saved_model" / "serving"
    folder.mkdir(parents=True)
    (folder / "models.config").write_text('    name: "$(reboot)"\n')
    assert find_artefact(deliver(tmp_path, "saved_model"), None).name == "model"


def test_a_run_without_deliveries_is_told_how_to_get_one(tmp_path: Path):
    problem = problem_of(tmp_path)
    assert "delivered SavedModel or LiteRT file" in problem.message
    assert "export=[saved_model]" in (problem.hint or "")


def test_an_unknown_target_is_told_what_there_is(tmp_path: Path):
    problem = problem_of(deliver(tmp_path, "saved_model"), "litert")
    assert "(saved_model). Received: target=litert" in problem.message
    assert "export=[litert]" in (problem.hint or "")


def test_a_format_that_is_not_served_is_named(tmp_path: Path):
    problem = problem_of(deliver(tmp_path, "saved_model", "onnx"), "onnx")
    assert "expected a SavedModel or a LiteRT file" in problem.message


def test_a_refused_delivery_is_told_its_reason(tmp_path: Path):
    write_manifest(tmp_path, [Delivery("litert", "refused", "no built-in operation\nmore")])
    problem = problem_of(tmp_path, "litert")
    assert "which was refused: no built-in operation" in problem.message


@pytest.mark.parametrize(
    ("damage", "received"),
    [
        (lambda file: file.write_text(file.read_text()[::-1]), "another content (SHA-256)"),
        (lambda file: file.write_text("short"), "5 bytes instead of 29"),
        (lambda file: file.unlink(), "it is not there"),
    ],
    ids=["changed", "cut", "gone"],
)
def test_a_file_that_is_not_the_delivered_one_is_refused(tmp_path: Path, damage, received: str):
    run = deliver(tmp_path, "saved_model")
    damage(run / "exports" / "saved_model" / "1" / "saved_model.pb")
    problem = problem_of(run)
    assert "saved_model.pb as its manifest describes it" in problem.message
    assert received in problem.message
    assert "export=[saved_model]" in (problem.hint or "")
