from __future__ import annotations

import pytest
import yaml

from kerascfg.model.expand import expand_model
from kerascfg.model.from_keras.folding.same import GraphsDifferError, same_graph
from kerascfg.model.graph import Graph


def graph(text: str) -> Graph:
    return expand_model(yaml.safe_load(text), ("x",), {})


PLAIN = "layers: {a: {type: Dense, units: 4}, b: ReLU, c: {type: Add, inputs: [a, b]}}"


def test_names_are_matched_by_who_takes_what():
    renamed = "layers: {p: {type: Dense, units: 4}, q: ReLU, r: {type: Add, inputs: [p, q]}}"
    assert same_graph(graph(PLAIN), graph(renamed)) == {"a": "p", "b": "q", "c": "r"}


def test_the_order_of_nodes_does_not_matter():
    other = """
    layers:
      c: {type: Add, inputs: [a, b]}
      b: {type: ReLU, inputs: a}
      a: {type: Dense, units: 4, inputs: x}
    """
    assert same_graph(graph(PLAIN), graph(other)).keys() == {"a", "b", "c"}


def test_an_argument_that_states_its_default_is_none():
    stated = PLAIN.replace("units: 4", "units: 4, use_bias: true")
    assert same_graph(graph(PLAIN), graph(stated))


def test_a_number_stands_for_a_pair_of_it_as_in_keras():
    one, two = (
        f"layers: {{a: {{type: Conv2D, filters: 1, kernel_size: 1{said}}}}}"
        for said in ("", ", strides: 1")
    )
    assert same_graph(graph(one), graph(two)) == {"a": "a"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("units: 4", "units: 5"),
        ("b: ReLU", "b: Softmax"),
        ("[a, b]", "[b, a]"),
        ("[a, b]", "[b, b]"),
        ("units: 4", "units: 4, inputs: x, activation: relu"),
    ],
)
def test_what_differs_is_told(before, after):
    with pytest.raises(GraphsDifferError, match="expected"):
        same_graph(graph(PLAIN), graph(PLAIN.replace(before, after)))


def test_two_layers_are_not_one_that_is_shared():
    shared = "layers: {a: {type: Dense, units: 4}, b: {share: a}}"
    apart = "layers: {a: {type: Dense, units: 4}, b: {type: Dense, units: 4}}"
    with pytest.raises(GraphsDifferError):
        same_graph(graph(shared), graph(apart))


def test_shared_layers_must_share_the_same_one():
    one, two = (
        "layers: {a: {type: Dense, units: 4}, b: {type: Dense, units: 4}, "
        f"c: {{share: {name}, inputs: b}}}}"
        for name in "ab"
    )
    with pytest.raises(GraphsDifferError):
        same_graph(graph(one), graph(two))
