"""A block as an argument is a model of its own: `{type: TimeDistributed, layer: {block: cnn}}`."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kerascfg.errors import Problem
from kerascfg.model import build_model, check_model

FRAMES = """
inputs: {video: {shape: [4, 8, 8, 3]}}
blocks:
  frame:
    args: {filters: 2, size: 8}
    inputs: {picture: {shape: [$size, $size, 3]}}
    layers:
      conv: {type: Conv2D, filters: $filters, kernel_size: 3}
      mean: GlobalAveragePooling2D
layers:
  frames: {type: TimeDistributed, layer: {block: frame, filters: 5}}
  out: {type: LSTM, units: 3}
"""


def problems_of(text: str) -> list[Problem]:
    return check_model(yaml.safe_load(text), ("video",))


def built(text: str) -> Any:
    return build_model(yaml.safe_load(text), {})


@pytest.mark.slow
def test_a_wrapper_takes_a_block():
    assert problems_of(FRAMES) == []
    model = built(FRAMES)
    assert model.get_layer("frames").output.shape == (None, 4, 5)
    assert model.get_layer("frames").layer.get_layer("conv").filters == 5
    assert model.count_params() == 3 * 3 * 3 * 5 + 5 + 4 * 3 * (5 + 3 + 1)


@pytest.mark.slow
def test_a_block_with_shapes_is_still_a_part_of_a_graph():
    text = FRAMES.replace("{type: TimeDistributed, layer: {block: frame, filters: 5}}",
                          "{block: frame}")  # fmt: skip
    text = text.replace("[4, 8, 8, 3]", "[8, 8, 3]").replace("{type: LSTM, units: 3}", "Flatten")
    assert built(text).get_layer("frames_conv").filters == 2


@pytest.mark.parametrize(
    ("said", "path", "words"),
    [
        ("{block: fram}", "layer.block", "did you mean `frame`?"),
        ("{block: frame, filterz: 5}", "layer.filterz", "did you mean `filters`?"),
        ("{block: frame, inputs: video}", "layer.inputs", "it is no node of the graph"),
        ("{block: bare}", "layer.block", "that states the shapes of its inputs"),
        ("{block: bare, size: {block: bare}}", "layer.size.block", "the shapes"),
    ],
)
def test_mistakes_in_such_an_argument_are_found(said: str, path: str, words: str):
    text = FRAMES.replace("{block: frame, filters: 5}", said)
    text = text.replace("blocks:\n", "blocks:\n  bare: {args: {size: 1}, layers: {a: Flatten}}\n")
    problem = problems_of(text)[0]
    assert problem.path == f"model.layers.frames.{path}"
    assert words in f"{problem.message} {problem.hint}"


def test_a_block_that_is_an_argument_inside_itself_is_found():
    text = FRAMES.replace("mean: GlobalAveragePooling2D",
                          "mean: {type: TimeDistributed, layer: {block: frame}}")  # fmt: skip
    assert [p.path for p in problems_of(text)] == ["model.blocks.frame"]


@pytest.mark.slow
def test_inputs_are_calculated_from_the_models_arguments():
    model = built("""
    args: {window: 6}
    inputs: {x: {shape: [$(2 * window), 3]}}
    layers: {flat: Flatten}
    """)
    assert model.output_shape == (None, 36)


def test_an_unknown_name_in_a_shape_is_found():
    (problem,) = problems_of("{args: {n: 1}, inputs: {x: {shape: [$m]}}, layers: {a: Flatten}}")
    assert problem.path == "model.inputs.x.shape.0"
