from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kerascfg.errors import ConfigError
from kerascfg.naming import build_node, check_node


def check(text: str, area: str = "layer", **more: Any) -> dict[str, str | None]:
    found = check_node(yaml.safe_load(text), area, "node", **more)
    assert len({problem.path for problem in found}) == len(found)
    return {problem.path: problem.fix for problem in found}


@pytest.mark.parametrize(
    "text",
    [
        "Flatten",
        "{type: Dense, units: 3, activation: relu, kernel_regularizer: l2}",
        "{type: Dense, units: $data.classes}",
        "{type: Dense, units: 3, kernel_regularizer: {type: L2, l2: 1.0e-4}}",
        "{type: Bidirectional, layer: {type: LSTM, units: 4}}",
        "{type: RNN, cell: [{type: LSTMCell, units: 3}, {type: GRUCell, units: 3}]}",
        "{type: Activation, activation: {op: gelu}}",
        "{type: Conv2D, filters: 8, kernel_size: [3, 3], padding: SAME}",
    ],
)
def test_good_nodes_have_no_problems(text: str):
    assert check(text) == {}


def test_all_mistakes_are_found_at_once():
    assert check("{type: Conv2D, filterz: 8, kernel_size: '(3, 3)', padding: smae}") == {
        "node.filterz": "node.filters=8",
        "node.kernel_size": "'node.kernel_size=[3,3]'",
        "node.padding": "node.padding=same",
    }


def test_nodes_inside_are_checked_where_they_stand():
    text = "{type: Bidirectional, layer: {type: LSTMM, units: 4}, kernal: {type: L2}}"
    assert set(check(text)) == {"node.layer.type", "node.kernal"}
    inner = "{type: Dense, units: 2, kernel_initializer: {type: HeNormal, sed: 3}}"
    assert check(inner) == {"node.kernel_initializer.sed": "node.kernel_initializer.seed=3"}
    assert set(check("{type: RNN, cell: [{type: LSTMCell}]}")) == {"node.cell.0.units"}


def test_a_bare_name_is_a_node_only_where_keras_needs_an_object():
    assert set(check("{type: TimeDistributed, layer: Densee}")) == {"node.layer"}
    assert check("{type: Dense, units: 1, activation: relu}") == {}


def test_a_misspelled_identifier_is_found():
    text = "{type: Dense, units: 1, activation: reluu, kernel_initializer: he_norml}"
    assert check(text) == {
        "node.activation": "node.activation=relu",
        "node.kernel_initializer": "node.kernel_initializer=he_normal",
    }


def test_required_arguments_are_missed_unless_misspelled_or_given_by_the_builder():
    assert set(check("{type: Dense}")) == {"node.units"}
    assert set(check("{type: Dense, unitz: 3}")) == {"node.unitz"}
    assert check("{type: Dense}", given=frozenset({"units"})) == {}
    assert set(check("{type: Dense, units: '???'}")) == {"node.units"}


def test_names_of_arguments_and_facts_are_known():
    assert check("{type: Dense, units: $(2 * width)}", names=frozenset({"width"})) == {}
    assert set(check("{type: Dense, units: $(2 * width)}")) == {"node.units"}


@pytest.mark.parametrize("text", ["3", "[Dense]", "{units: 3}", "{type: 3}", "null", "'???'"])
def test_what_is_no_node_says_so(text: str):
    assert set(check(text)) == {"node"}


def test_hydras_target_is_refused_with_our_spelling():
    (problem,) = check_node({"type": "Dense", "units": 1, "_target_": "os.system"}, "layer", "n")
    assert "type" in problem.message and "os.system" in problem.message


def test_a_key_that_yaml_read_as_true_is_no_misspelling_of_trainable():
    (problem,) = check_node({"type": "Dense", "units": 1, True: 3}, "layer", "n")
    assert problem.fix is None
    assert "quote" in (problem.hint or "")


@pytest.fixture
def plugin(write_module, project: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    package = write_module(
        things="""
        class Pair:
            def __init__(self, left, right=None, scale: float = 1.0):
                if scale < 0:
                    raise ValueError("a scale is not negative")
                self.left, self.right, self.scale = left, right, scale
        def double(x):
            return 2 * x
        """
    )
    monkeypatch.setenv("KERASCFG_PLUGINS", package)
    return f"{package}.things"


def test_a_node_is_built_inside_out(plugin: str):
    inner = {"type": f"{plugin}.Pair", "left": "$(2 * width)", "right": {"op": f"{plugin}.double"}}
    pair = build_node(
        {"type": f"{plugin}.Pair", "left": [inner, 1], "right": {"a": "$width"}},
        "layer", "node", {"width": 4}, scale=3.0,
    )  # fmt: skip
    assert pair.left[0].left == 8
    assert pair.left[0].right(4) == 8
    assert pair.left[1] == 1
    assert pair.right == {"a": 4}
    assert pair.scale == 3.0


def test_what_a_constructor_refuses_is_a_problem_of_its_node(plugin: str):
    with pytest.raises(ConfigError) as error:
        build_node({"type": f"{plugin}.Pair", "left": 1, "scale": -1.0}, "layer", "a.b")
    (problem,) = error.value.problems
    assert problem.path == "a.b"
    assert "a scale is not negative" in problem.message


def test_a_name_without_value_is_a_problem_of_its_argument(plugin: str):
    with pytest.raises(ConfigError) as error:
        build_node({"type": f"{plugin}.Pair", "left": "$width"}, "layer", "a.b")
    assert error.value.problems[0].path == "a.b.left"
