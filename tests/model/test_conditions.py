"""`when` and `repeat` take what they mean, not every text that Python calls true."""

from __future__ import annotations

import pytest
import yaml

from kerascfg.errors import ConfigError
from kerascfg.model import check_model
from kerascfg.model.expand import expand_model


def problems(node: str) -> list[str]:
    model = yaml.safe_load(f"layers: {{flat: Flatten, drop: {node}}}")
    return [problem.path for problem in check_model(model, ("x",))]


@pytest.mark.parametrize("when", ["maybe", "'false'", "[true]", "null"])
def test_a_condition_that_is_none_is_named(when: str):
    assert problems(f"{{type: ReLU, when: {when}}}") == ["model.layers.drop.when"]


@pytest.mark.parametrize("repeat", ["x", "0", "-1", "2.5", "true"])
def test_a_number_of_copies_that_is_none_is_named(repeat: str):
    assert problems(f"{{type: ReLU, repeat: {repeat}}}") == ["model.layers.drop.repeat"]


@pytest.mark.parametrize("node", ["{type: ReLU, when: false}", "{type: ReLU, repeat: 3}",
                                  "{type: ReLU, when: $data.classes}"])  # fmt: skip
def test_conditions_and_numbers_are_what_they_say(node: str):
    assert problems(node) == []


def test_an_argument_that_turns_out_to_be_a_text_is_no_condition():
    text = "{args: {use: 'false'}, layers: {a: Flatten, b: {type: ReLU, when: $use}}}"
    with pytest.raises(ConfigError) as error:
        expand_model(yaml.safe_load(text), ("x",), {})
    assert [problem.path for problem in error.value.problems] == ["model.layers.b.when"]
