from __future__ import annotations

import pytest

from kerascfg.model.heads import Head
from kerascfg.training import check_heads


def paths(loss: dict, *outputs: str) -> list[str]:
    heads = {name: Head(f"model.layers.{name}") for name in outputs}
    return [problem.path for problem in check_heads(loss, None, heads, None)]


def test_a_misspelled_output_is_named_and_nothing_else():
    heads = {name: Head(f"model.layers.{name}") for name in ("urgent", "team")}
    given = {"urgnt": "MeanSquaredError", "team": "MeanSquaredError"}
    (problem,) = check_heads(given, None, heads, None)
    assert problem.fix == "loss.urgent=MeanSquaredError"


def test_an_output_without_a_loss_must_be_left_out_on_purpose():
    assert paths({"urgent": "MeanSquaredError"}, "urgent", "team") == ["loss.team"]
    assert paths({"urgent": "MeanSquaredError", "team": None}, "urgent", "team") == []


@pytest.mark.parametrize(
    ("output", "key"), [("states.0", "states_0"), ("codes", "codes_age"), ("head", "head")]
)
def test_a_part_of_an_output_is_named_as_in_the_built_model(output: str, key: str):
    assert paths({key: "MeanSquaredError"}, output) == []
