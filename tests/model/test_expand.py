from __future__ import annotations

import sys
from typing import Any

import pytest
import yaml

from kerascfg.errors import ConfigError
from kerascfg.model.expand import expand_model
from kerascfg.model.graph import Graph, Ref

FACTS = {
    "data": {
        "classes": 3,
        "features": {"age": {"shape": [], "dtype": "float32"}, "city.name": {"dtype": "string"}},
    }
}


def expanded(text: str, inputs: tuple[str, ...] = ("x",)) -> Graph:
    return expand_model(yaml.safe_load(text), inputs, FACTS)


def nodes(text: str, inputs: tuple[str, ...] = ("x",)) -> dict[str, Any]:
    return {node.name: node for node in expanded(text, inputs).nodes}


def message(text: str, inputs: tuple[str, ...] = ("x",)) -> str:
    with pytest.raises(ConfigError) as caught:
        expanded(text, inputs)
    return str(caught.value)


def test_expressions_know_the_models_arguments_and_the_facts():
    found = nodes(
        """
        args: {width: 8}
        layers:
          a: {type: Dense, units: $(2 * width)}
          b: {type: Dense, units: $data.classes}
        """
    )
    assert [found[name].arguments["units"] for name in "ab"] == [16, 3]


def test_when_false_builds_nothing_and_hands_the_input_on():
    found = nodes("layers: {a: Dense, b: {type: ReLU, when: false}, c: {type: Dense, units: 1}}")
    assert found.keys() == {"a", "c"}
    assert found["c"].inputs == Ref("a")


def test_when_false_needs_a_single_input():
    assert "model.layers.b.when: expected a single input" in message(
        "layers: {a: Dense, b: {type: Add, inputs: [x, a], when: false}}"
    )


def test_repeat_makes_a_chain_whose_first_copy_may_differ():
    found = nodes(
        "layers: {a: {type: Dense, units: $(4 + index), repeat: 3, first: {activation: relu}}}"
    )
    assert list(found) == ["a_0", "a_1", "a_2"]
    assert [node.inputs for node in found.values()] == [Ref("x"), Ref("a_0"), Ref("a_1")]
    assert [node.arguments["units"] for node in found.values()] == [4, 5, 6]
    assert [node.arguments.get("activation") for node in found.values()] == ["relu", None, None]


def test_repeat_must_be_a_whole_number_from_1():
    assert "Received: 0" in message("layers: {a: {type: Dense, repeat: 0}}")


def test_each_makes_a_copy_for_each_name_and_a_list_spreads_them():
    graph = expanded(
        "layers: {n: {type: Dense, each: [a, b]}, all: {type: Concatenate, inputs: [n]}}",
        ("a", "b"),
    )
    n_a, n_b, joined = graph.nodes
    assert (n_a.inputs, n_b.inputs) == (Ref("a"), Ref("b"))
    assert joined.inputs == [Ref("n_a"), Ref("n_b")]


def test_each_with_arguments_and_inputs_branches():
    found = nodes(
        """
        layers:
          low: Dense
          rates: {type: Conv2D, inputs: low, filters: 4, each: {a: {strides: 1}, b: {strides: 2}}}
          all: {type: Concatenate, inputs: [rates]}
        """
    )
    assert found["rates_a"].arguments == {"filters": 4, "strides": 1}
    assert found["rates_b"].inputs == Ref("low")


def test_each_follows_another_nodes_copies():
    found = nodes(
        """
        layers:
          n: {type: Dense, each: [a, b]}
          m: {type: ReLU, each: n}
          all: {type: Add, inputs: [m.b, m.a]}
        """,
        ("a", "b"),
    )
    assert found["m_a"].inputs == Ref("n_a")
    assert found["all"].inputs == [Ref("m_b"), Ref("m_a")]


def test_each_over_the_datas_features_takes_names_that_no_layer_may_have():
    found = nodes("layers: {n: {type: FeatureEncoder, each: $data.features}}", ("age", "city.name"))
    assert found["n_city_name"].inputs == Ref("city.name")


def test_the_copies_of_alike_features_have_names_of_their_own():
    facts = {"data": {"features": {"a b": {}, "a.b": {}}}}
    model = yaml.safe_load("layers: {n: {type: FeatureEncoder, each: $data.features}}")
    graph = expand_model(model, ("a b", "a.b"), facts)
    assert [node.name for node in graph.nodes] == ["n_a_b", "n_a_b__1"]


BLOCK = """
blocks:
  residual:
    args: {filters: "???", project: false}
    layers:
      conv: {type: Conv2D, filters: $filters}
      skip: {type: Conv2D, inputs: input, filters: $filters, when: $project}
      add: {type: Add, inputs: [conv, skip]}
"""


def test_a_block_is_expanded_in_place_and_prefixes_its_nodes():
    found = nodes(BLOCK + "layers: {a: {block: residual, filters: 4}, b: Dense}")
    assert list(found) == ["a_conv", "a_add", "b"]
    assert found["a_add"].inputs == [Ref("a_conv"), Ref("x")]
    assert found["b"].inputs == Ref("a_add")
    assert found["a_conv"].path == "model.blocks.residual.layers.conv"


def test_a_repeated_block_projects_where_it_is_told():
    found = nodes(
        BLOCK + "layers: {a: {block: residual, filters: 4, repeat: 2, first: {project: true}}}"
    )
    assert "a_0_skip" in found
    assert "a_1_skip" not in found
    assert found["a_1_conv"].inputs == Ref("a_0_add")


def test_a_block_inside_a_block_sees_the_models_arguments_not_its_callers():
    found = nodes(
        """
        args: {width: 8}
        blocks:
          inner: {layers: {a: {type: Dense, units: $width}}}
          outer: {args: {width: 1}, layers: {b: {block: inner}, c: {type: Dense, units: $width}}}
        layers: {o: {block: outer}}
        """
    )
    assert found["o_b_a"].arguments == {"units": 8}
    assert found["o_c"].arguments == {"units": 1}


def test_an_argument_of_a_block_may_be_made_from_another():
    found = nodes(
        """
        blocks:
          b: {args: {width: "???", wide: $(4 * width)}, layers: {a: {type: Dense, units: $wide}}}
        layers: {o: {block: b, width: 2}}
        """
    )
    assert found["o_a"].arguments == {"units": 8}


def test_a_block_with_several_inputs_replaces_its_first_under_repeat():
    found = nodes(
        """
        blocks:
          cross:
            inputs: [query, memory]
            layers: {a: {type: Attention, inputs: [query, memory]}}
        layers: {c: {block: cross, inputs: {memory: y, query: x}, repeat: 2}}
        """,
        ("x", "y"),
    )
    assert found["c_0_a"].inputs == [Ref("x"), Ref("y")]
    assert found["c_1_a"].inputs == [Ref("c_0_a"), Ref("y")]


def test_a_block_may_let_several_outputs_leave():
    found = nodes(
        """
        blocks: {b: {outputs: [l, r], layers: {l: Dense, r: {type: Dense, inputs: input}}}}
        layers: {o: {block: b}, add: {type: Add, inputs: [o.r, o.l]}}
        """
    )
    assert found["add"].inputs == [Ref("o_r"), Ref("o_l")]


def test_share_calls_a_layer_again_inside_a_block_too():
    found = nodes(
        """
        blocks: {b: {layers: {one: Dense, two: {share: one}}}}
        layers: {o: {block: b}}
        """
    )
    assert (found["o_two"].kind, found["o_two"].target) == ("share", "o_one")


def test_a_shared_block_stays_together_as_a_tower():
    found = nodes(
        BLOCK
        + """
layers:
  l: {block: residual, inputs: x, filters: 4}
  r: {share: l, inputs: y}
  add: {type: Add, inputs: [l, r]}
        """,
        ("x", "y"),
    )
    assert [found[name].kind for name in ("l", "r")] == ["tower", "share"]
    assert [node.name for node in found["l"].tower.nodes] == ["conv", "add"]
    assert found["r"].inputs == [Ref("y")]


def test_sharing_what_was_not_built_is_an_error():
    assert "model.layers.b.share: expected a node that makes one layer" in message(
        "layers: {a: {type: Dense, when: false}, b: {share: a}}"
    )


def test_two_nodes_of_one_name_are_an_error_that_names_both():
    assert "model.layers.a_0: expected a name of its own. Received: a_0" in message(
        "layers: {a: {type: Dense, repeat: 2}, a_0: Dense}"
    )


def test_constants_stand_among_inputs_as_they_are():
    assert nodes("layers: {a: {op: multiply, inputs: [x, 0.125]}}")["a"].inputs == [Ref("x"), 0.125]


def test_work_grows_with_the_number_of_nodes_not_faster():
    def calls(count: int) -> int:
        model = {"layers": {f"n{i}": {"type": "Dense", "units": "$(2 * 2)"} for i in range(count)}}
        made = 0

        def count_calls(frame: Any, event: str, argument: Any) -> None:
            nonlocal made
            made += event == "call"

        sys.setprofile(count_calls)
        try:
            expand_model(model, ("x",), {})
        finally:
            sys.setprofile(None)
        return made

    assert calls(1000) < 2.1 * calls(500)
