from __future__ import annotations

import yaml

from kerascfg.model.wiring import wire


def wired(text: str, sources: tuple[str, ...] | None = ("image",), outputs=None):
    wiring, problems = wire(yaml.safe_load(text), sources, outputs, "model")
    assert problems == []
    assert wiring is not None
    return wiring


def problems_of(text: str, sources: tuple[str, ...] | None = ("image",), outputs=None):
    wiring, problems = wire(yaml.safe_load(text), sources, outputs, "model")
    assert wiring is None
    return problems


def test_a_node_without_inputs_takes_the_one_before_it_and_the_first_the_only_source():
    wiring = wired("{flat: Flatten, head: Dense}")
    assert wiring.inputs == {"flat": "image", "head": "flat"}
    assert wiring.outputs == ("head",)


def test_a_node_removed_by_null_is_skipped_by_its_follower():
    assert wired("{flat: Flatten, drop: null, head: Dense}").inputs["head"] == "flat"


def test_naming_a_removed_node_is_an_error():
    (problem,) = problems_of("{flat: Flatten, drop: null, head: {type: Dense, inputs: drop}}")
    assert problem.path == "model.layers.head.inputs"
    assert problem.message == "expected a node that is there. Received: drop, which is null"


def test_order_in_the_file_does_not_matter_once_inputs_are_stated():
    wiring = wired("{head: {type: Dense, inputs: flat}, flat: {type: Flatten, inputs: image}}")
    assert list(wiring.nodes) == ["flat", "head"]


def test_a_node_goes_after_another_and_feeds_its_follower():
    wiring = wired("{a: Flatten, b: Dense, c: {type: Dropout, after: a}}")
    assert wiring.inputs == {"a": "image", "c": "a", "b": "c"}


def test_a_cycle_is_named():
    (problem,) = problems_of("{a: {type: Add, inputs: [image, c]}, b: Dense, c: ReLU}")
    assert problem.message == "expected no cycle. Received: a -> b -> c -> a"


def test_a_misspelled_input_gets_the_right_spelling_and_the_override():
    (problem,) = problems_of("{conv1: Conv2D, head: {type: Dense, inputs: conv}}")
    assert problem.path == "model.layers.head.inputs"
    assert problem.hint == "did you mean `conv1`?"
    assert problem.fix == "model.layers.head.inputs=conv1"


def test_an_override_is_not_offered_where_it_would_lose_other_inputs():
    (problem,) = problems_of("{conv1: Conv2D, add: {type: Add, inputs: [image, conv]}}")
    assert problem.hint == "did you mean `conv1`?"
    assert problem.fix is None


def test_a_misspelled_share_is_reported_under_its_own_key():
    (problem,) = problems_of("{conv1: Conv2D, again: {share: conv, inputs: conv1}}")
    assert problem.path == "model.layers.again.share"


def test_several_ends_are_an_error_that_offers_to_name_them():
    (problem,) = problems_of("{a: Dense, b: {type: Dense, inputs: image}}")
    assert problem.message.endswith("Received: a, b")
    assert problem.fix == "'model.outputs=[a,b]'"
    assert wired("{a: Dense, b: {type: Dense, inputs: image}}", outputs=["a", "b"]).outputs == (
        "a",
        "b",
    )


def test_the_first_node_must_say_what_it_takes_of_several_inputs():
    (problem,) = problems_of("{a: Dense}", sources=("left", "right"))
    assert problem.path == "model.layers.a"
    assert "left, right" in problem.message


def test_while_the_features_are_unknown_any_name_may_be_one_but_a_misspelled_node():
    assert wired("{a: {type: Dense, inputs: age}}", sources=None).inputs == {"a": "age"}
    (problem,) = problems_of("{conv1: Conv2D, b: {type: Dense, inputs: conv2}}", sources=None)
    assert problem.hint == "did you mean `conv1`?"


def test_the_name_of_a_feature_may_hold_dots():
    assert wired("{a: {type: Dense, inputs: sepal.length}}", sources=("sepal.length",))


def test_a_name_that_is_no_layers_name_is_an_error():
    for name in ("größe", "1st", "a-b", "_a"):
        (problem,) = problems_of(f"{{{name}: Dense}}")
        assert problem.path == f"model.layers.{name}"


def test_a_list_of_nodes_is_refused_with_the_reason():
    (problem,) = problems_of("[Flatten, Dense]")
    assert problem.hint == "a list has no names that the command line could change"
