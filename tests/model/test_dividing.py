"""A served model in parts, for targets that cannot hold all of it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kerascfg.model import Division, build_parts, divide, part_nodes
from tests.model.people import FACTS, ROWS, batches

pytestmark = pytest.mark.slow

MODEL = """
preprocess:
  town: {type: StringLookup, inputs: city}
  towns: {type: CategoryEncoding, num_tokens: 4, output_mode: one_hot}
  column: {op: expand_dims, inputs: age, axis: -1}
  years: Normalization
layers:
  joined: {type: Concatenate, inputs: [towns, years]}
  head: {type: Dense, units: $data.classes, activation: softmax}
  spread: {op: max, inputs: head, axis: -1}
outputs: [head, spread]
postprocess:
  answer: {type: ClassNames, inputs: head, names: $data.class_names}
"""


def served_of(text: str) -> Any:
    return build_parts(yaml.safe_load(text), FACTS, batches).served


def tensors() -> dict[str, Any]:
    import tensorflow as tf

    return {name: tf.constant(values) for name, values in ROWS.items()}


def answers_of(division: Division, served: Any) -> dict[str, Any]:
    """Answer the rows part by part."""
    made = {name: tensors()[name] for name in served.input}
    for part in (division.before, division.held, division.behind):
        if part:
            assert set(part.input) == set(made)
            made = part(made)
    return {name: value.numpy() for name, value in made.items()}


@pytest.fixture(scope="module")
def served() -> Any:
    return served_of(MODEL)


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize(
    ("nodes", "inputs"),
    [
        (["town"], {"town", "age"}),
        (["town", "towns"], {"towns", "age"}),
        (["towns", "years"], {"towns", "years"}),
        (["town", "column"], {"town", "column"}),
    ],
)
def test_the_parts_answer_what_the_whole_answers(
    nodes: list[str], inputs: set[str], behind: bool, served: Any
):
    division = divide(served, nodes, behind=behind)
    assert set(division.held.input) == inputs
    assert set(division.held.output) == {"spread", "head" if behind else "answer"}
    whole = {name: value.numpy() for name, value in served(tensors()).items()}
    answers = answers_of(division, served)
    assert answers.keys() == whole.keys()
    assert all((answers[name] == whole[name]).all() for name in whole)


def test_a_division_says_where_it_starts_and_ends(served: Any):
    division = divide(served, ["town"], behind=True)
    assert division.starts == {"town": "StringLookup"}
    assert division.ends == {"answer": "ClassNames"}


def test_a_model_of_which_nothing_is_outside_stays_whole(served: Any):
    assert divide(served, []) == Division(served)


def test_nodes_are_found_by_the_kinds_of_layers_in_them():
    served = served_of("""
    preprocess:
      town: {type: FeatureEncoder, inputs: city}
      column: {op: expand_dims, inputs: age, axis: -1}
      years: {type: FeatureEncoder, inputs: column}
    layers:
      joined: {type: Concatenate, inputs: [town, years]}
      head: {type: Dense, units: 1}
    """)
    assert part_nodes(served, "preprocess", ("StringLookup",)) == {"town": "FeatureEncoder"}
    assert set(part_nodes(served, "preprocess")) == {"town", "column", "years"}
    assert part_nodes(served, "postprocess") == {}


def test_a_layer_that_is_called_twice_is_cut_twice():
    served = served_of("""
    preprocess:
      town: {type: StringLookup, inputs: city}
      again: {share: town, inputs: city}
      sum: {op: add, inputs: [town, again]}
      column: {op: expand_dims, axis: -1}
    layers:
      head: {type: Dense, inputs: column, units: 1}
    """)
    division = divide(served, ["town"])
    assert set(division.held.input) == {"town", "town_"}
    assert division.before is not None
    whole = served({name: tensors()[name] for name in served.input})
    assert (answers_of(division, served)["head"] == whole["head"].numpy()).all()
