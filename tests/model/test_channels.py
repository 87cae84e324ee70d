"""`channels(node)`: the size of a node's last axis, in expressions of other nodes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kerascfg.errors import ConfigError, Problem
from kerascfg.model import build_model, check_model

SQUEEZE = """
inputs: {image: {shape: [8, 8, 3]}}
blocks:
  squeeze:
    args: {ratio: 4, width: $(channels(input))}
    layers:
      mean: {type: GlobalAveragePooling2D, keepdims: true}
      small: {type: Conv2D, filters: $(channels(input) // ratio), kernel_size: 1}
      gate: {type: Conv2D, filters: $width, kernel_size: 1, activation: sigmoid}
      out: {type: Multiply, inputs: [gate, input]}
layers:
  stem: {type: Conv2D, filters: 16, kernel_size: 3}
  one: {block: squeeze}
  wide: {type: Conv2D, filters: $(2 * channels(one)), kernel_size: 1}
  two: {block: squeeze, ratio: 8, repeat: 2}
"""


def problems_of(text: str) -> list[Problem]:
    return check_model(yaml.safe_load(text), ("image",))


def built(text: str) -> Any:
    return build_model(yaml.safe_load(text), {})


@pytest.mark.slow
def test_a_block_asks_for_the_size_of_what_enters_it():
    assert problems_of(SQUEEZE) == []
    model = built(SQUEEZE)
    filters = {layer.name: layer.filters for layer in model.layers if hasattr(layer, "filters")}
    assert filters == {
        "stem": 16, "one_small": 4, "one_gate": 16, "wide": 32,
        "two_0_small": 4, "two_0_gate": 32, "two_1_small": 4, "two_1_gate": 32,
    }  # fmt: skip


@pytest.mark.slow
def test_an_output_of_several_and_arguments_in_nodes_are_asked_for():
    model = built("""
    inputs: {x: {shape: [5, 3]}}
    layers:
      encoder: {type: LSTM, units: 7, return_state: true}
      both: {type: Bidirectional, inputs: x, layer: {type: GRU, units: $(channels(encoder.1))}}
    outputs: [both, encoder.0]
    """)
    assert model.get_layer("both").forward_layer.units == 7


def test_the_node_asked_for_comes_first_whatever_the_order_of_the_file():
    (problem,) = problems_of("""
    layers:
      a: {type: Dense, inputs: image, units: $(channels(b))}
      b: {type: Dense, inputs: a, units: 3}
    """)
    assert problem.message == "expected no cycle. Received: a -> b -> a"


@pytest.mark.parametrize(
    ("node", "path", "words"),
    [
        ("{type: Dense, units: $(channels(stemm))}", "units", "did you mean `stem`?"),
        ("{type: Dense, units: $(channels())}", "units", "expected names, numbers"),
        ("{type: Dense, units: '$(channels(stem, 2))'}", "units", "expected names, numbers"),
        ("{type: Dense, units: $(size(stem))}", "units", "expected names, numbers"),
    ],
)
def test_what_cannot_be_asked_for_is_a_problem(node: str, path: str, words: str):
    problems = problems_of(f"layers: {{stem: {{type: Dense, units: 2}}, next: {node}}}")
    assert [p.path for p in problems] == [f"model.layers.next.{path}"]
    assert words in f"{problems[0].message} {problems[0].hint}"


def test_a_blocks_argument_asks_only_for_what_enters_the_block():
    (problem,) = problems_of("""
    blocks: {b: {args: {n: $(channels(inner))}, layers: {inner: {type: Dense, units: $n}}}}
    layers: {use: {block: b}}
    """)
    assert problem.path == "model.blocks.b.args.n"
    assert "what enters the block (input)" in problem.message


def test_nothing_outside_a_graph_has_sizes():
    from kerascfg.naming import check_node

    (problem,) = check_node({"type": "Adam", "learning_rate": "$(channels(x))"}, "optimizer", "o")
    assert "expected no channels() here" in problem.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layers", "path", "words"),
    [
        ("a: {type: Dense, units: 2}\n  b: {type: Dense, units: 2, repeat: $(channels(a))}",
         "b.repeat", "which is known when the model is being built"),
        ("a: {type: Dense, units: 2}\n  b: {type: Dense, units: 2, when: $(channels(a))}",
         "b.when", "which is known when the model is being built"),
        ("b: {type: Dense, inputs: image, units: $(channels(image))}",
         "b", "expected a last axis of known size"),
        ("a: {type: Dense, units: 2}\n  b: {type: Dense, units: $(1 / (channels(a) - 2))}",
         "b", "division by zero"),
    ],
)  # fmt: skip
def test_what_sizes_cannot_say_is_a_problem_of_the_node(layers: str, path: str, words: str):
    shape = "[null]" if "image" in layers else "[4]"
    with pytest.raises(ConfigError) as caught:
        built(f"inputs: {{image: {{shape: {shape}}}}}\nlayers:\n  {layers}")
    (problem,) = caught.value.problems
    assert (problem.path, words in problem.message) == (f"model.layers.{path}", True), problem
