from __future__ import annotations

from typing import Any

import pytest
import yaml

from kerascfg.config.merge import delete_value, depth, merge, set_value


def merged(old: str, new: str, path: str = "") -> Any:
    before = yaml.safe_load(old)
    result = merge(before, yaml.safe_load(new), path)
    assert before == yaml.safe_load(old)
    return result


def after(text: str, *overrides: tuple[str, Any]) -> Any:
    config = yaml.safe_load(text)
    for path, value in sorted(overrides, key=lambda pair: depth(pair[0])):
        assert set_value(config, path, value) == []
    return config


def test_mappings_merge_and_everything_else_is_replaced():
    assert merged("{a: {x: 1, y: [1, 2]}, b: 3}", "{a: {y: [3]}, c: 4}") == {
        "a": {"x": 1, "y": [3]}, "b": 3, "c": 4,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["type", "op", "block", "share"])
def test_a_node_that_says_what_it_is_replaces_the_node_before(kind: str):
    assert merged("{type: Conv2D, filters: 8}", f"{{{kind}: x, units: 3}}") == {
        kind: "x", "units": 3,
    }  # fmt: skip


def test_a_replaced_node_stays_wired():
    old = "{type: Conv2D, filters: 8, inputs: a, when: $deep, after: b}"
    new = "{type: Dense, units: 3, inputs: c}"
    assert merged(old, new) == {
        "type": "Dense", "units": 3, "inputs": "c", "when": "$deep", "after": "b",
    }  # fmt: skip


def test_a_short_form_replaces_a_node_too():
    old = "{layers: {a: {type: Dense, units: 3, inputs: x}, b: {type: Dense, units: 3}}}"
    new = "{layers: {a: Flatten, b: Flatten}}"
    assert merged(old, new, "model") == {
        "layers": {"a": {"inputs": "x", "type": "Flatten"}, "b": "Flatten"}
    }


@pytest.mark.parametrize(
    "path",
    ["model.layers.a", "model.blocks.b.layers.a", "optimizer", "loss", "metrics.accuracy",
     "metrics.head.accuracy", "callbacks.best", "tracker.csv", "strategy", "export.litert",
     "data.source", "train.stages.one.optimizer", "model.layers.a.layer"],
)  # fmt: skip
def test_arguments_below_a_short_form_keep_its_type(path: str):
    assert merged("Name", "{x: 1}", path) == {"type": "Name", "x": 1}


def test_a_text_elsewhere_is_no_short_form():
    assert merged("same", "{x: 1}", "model.layers.a.padding") == {"x": 1}


def test_a_number_over_a_schedule_sets_its_initial_rate():
    schedule = "{type: CosineDecay, initial_learning_rate: 0.1, decay_steps: 9}"
    path = "optimizer.learning_rate"
    assert merged(schedule, "0.5", path)["initial_learning_rate"] == 0.5
    assert merged("{type: PiecewiseConstantDecay, values: [1]}", "0.5", path) == 0.5


def test_a_number_over_a_schedule_with_a_warm_up_sets_the_rate_after_it():
    schedule = "{type: CosineDecay, initial_learning_rate: 0, warmup_target: 0.1}"
    found = merged(schedule, "0.5", "optimizer.learning_rate")
    assert (found["initial_learning_rate"], found["warmup_target"]) == (0, 0.5)


def test_a_schedule_that_asks_for_a_rate_takes_the_number_before_it():
    schedule = "{type: CosineDecay, initial_learning_rate: '???'}"
    assert merged("0.3", schedule, "optimizer.learning_rate")["initial_learning_rate"] == 0.3
    stated = "{type: CosineDecay, initial_learning_rate: 0.2}"
    assert merged("0.3", stated, "optimizer.learning_rate")["initial_learning_rate"] == 0.2


def test_losses_by_output_replace_one_loss_and_merge_with_each_other():
    by_output = "{head: MeanSquaredError, tail: {type: Huber}}"
    assert merged("MeanSquaredError", by_output, "loss") == yaml.safe_load(by_output)
    assert merged("{type: Huber, delta: 2}", by_output, "loss") == yaml.safe_load(by_output)
    assert merged(by_output, "{tail: {delta: 2}}", "loss")["tail"] == {"type": "Huber", "delta": 2}
    assert merged("Huber", "{delta: 2}", "loss") == {"type": "Huber", "delta": 2}


def test_the_command_line_is_one_layer_whatever_its_order():
    text = "{model: {layers: {a: {type: Conv2D, filters: 8, inputs: x}}}}"
    units, kind = ("model.layers.a.units", 3), ("model.layers.a.type", "Dense")
    expected = {"model": {"layers": {"a": {"inputs": "x", "type": "Dense", "units": 3}}}}
    assert after(text, units, kind) == after(text, kind, units) == expected
    whole = ("model.layers.a", "Dense")
    assert after(text, units, whole)["model"]["layers"]["a"]["units"] == 3


def test_a_swapped_type_of_a_node_inside_leaves_nothing_behind():
    text = "{optimizer: {learning_rate: {type: CosineDecay, decay_steps: 9}}}"
    found = after(text, ("optimizer.learning_rate.type", "ExponentialDecay"))
    assert found["optimizer"]["learning_rate"] == {"type": "ExponentialDecay"}


def test_keys_that_no_file_states_are_made():
    assert after("{}", ("a.b.c", 1)) == {"a": {"b": {"c": 1}}}
    assert after("{a: null}", ("a.b", 1)) == {"a": {"b": 1}}


def test_elements_of_lists_are_set_by_their_index():
    assert after("{a: {b: [1, {c: 2}]}}", ("a.b.0", 5), ("a.b.1.c", 6)) == {
        "a": {"b": [5, {"c": 6}]}
    }


@pytest.mark.parametrize("path", ["a.x.y", "list.9", "list.x", "list.0.x", "list.-1"])
def test_a_path_through_what_is_no_mapping_is_a_problem(path: str):
    (problem,) = set_value({"a": {"x": 3}, "list": [1]}, path, 1)
    assert problem.path == path
    assert problem.place == "command line"


def test_what_is_there_can_be_deleted():
    config = {"a": {"b": 1, "c": 2}}
    assert delete_value(config, "a.b") == []
    assert config == {"a": {"c": 2}}


@pytest.mark.parametrize(("path", "fix"), [("a.bb", "~a.b"), ("x.y", None), ("a.b.c", None)])
def test_what_is_not_there_cannot_be_deleted(path: str, fix: str | None):
    (problem,) = delete_value({"a": {"b": 1}}, path)
    assert (problem.path, problem.fix) == (path, fix)
