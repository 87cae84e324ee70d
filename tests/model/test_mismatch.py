"""What is said where shapes disagree: the node, the shapes that met, and where each comes from."""

from __future__ import annotations

import pytest
import yaml

from kerascfg.errors import ConfigError, Problem
from kerascfg.model import build_model

pytestmark = pytest.mark.slow


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        build_model(yaml.safe_load(text), {})
    return list(caught.value.problems)


def test_the_shapes_that_met_and_the_nodes_that_made_them_are_named():
    (problem,) = problems_of("""
    inputs: {x: {shape: [16, 16, 3]}}
    layers:
      stem: {type: Conv2D, filters: 8, kernel_size: 3, padding: same}
      down: {type: Conv2D, filters: 16, kernel_size: 3, strides: 2, padding: same}
      norm: BatchNormalization
      merged: {type: Concatenate, inputs: [norm, stem]}
    """)
    assert problem.path == "model.layers.merged"
    assert "(None, 8, 8, 16) from norm, BatchNormalization and (None, 16, 16, 8) from stem" in (
        problem.message
    )
    assert problem.hint == (
        "x (None, 16, 16, 3) -> stem (None, 16, 16, 8) -> down (None, 8, 8, 16); "
        "x (None, 16, 16, 3) -> stem (None, 16, 16, 8)"
    )


def test_independent_mistakes_are_told_at_once_and_what_is_behind_one_is_not():
    problems = problems_of("""
    inputs: {x: {shape: [16]}, y: {shape: [3]}}
    layers:
      conv: {type: Conv2D, inputs: x, filters: 8, kernel_size: 3}
      behind: {type: Dense, units: 2}
      sized: {type: Dense, inputs: x, units: $(channels(behind))}
      rows: {type: Reshape, inputs: x, target_shape: [3, 5]}
      both: {type: Add, inputs: [x, y]}
    outputs: [behind, sized, rows, both]
    """)
    assert [problem.path for problem in problems] == [
        "model.layers.conv", "model.layers.rows", "model.layers.both",
    ]  # fmt: skip


def test_keywords_and_constants_are_named():
    (problem,) = problems_of("""
    inputs: {a: {shape: [5, 4]}}
    layers: {all: {op: concatenate, inputs: [[a, 2.0]]}}
    """)
    assert "(None, 5, 4) from the input a and the constant 2.0" in problem.message
    (problem,) = problems_of("""
    inputs: {b: {shape: [4]}}
    layers: {conv: {type: Conv1D, inputs: {inputs: b}, filters: 1, kernel_size: 3}}
    """)
    assert "Received: inputs (None, 4) from the input b" in problem.message


def test_the_command_tells_of_shapes_with_place_and_status(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from kerascfg.cli.check import main

    monkeypatch.chdir(tmp_path)
    assert (
        main(["--shapes", "model.layers.conv2.kernel_size=9", "model.layers.conv2.padding=valid"])
        == 2
    )
    said = capsys.readouterr().err
    assert "model.layers.conv2" in said
    assert "(command line)" in said or "cnn.yaml" in said
    assert main(["--shapes", "model=transfer", "backbone=mobilenet_v2"]) == 0


def test_the_name_of_the_layer_and_the_shape_are_not_said_twice():
    (problem,) = problems_of("""
    inputs: {x: {shape: [4]}}
    layers: {conv: {type: Conv1D, filters: 2, kernel_size: 3}}
    """)
    assert "refuses its input: expected min_ndim=3, found ndim=2. Received: (None, 4)" in (
        problem.message
    )
