from __future__ import annotations

import random
from typing import Any

import pytest
import yaml

from kerascfg.errors import ConfigError
from kerascfg.model.expand import expand_model
from kerascfg.model.from_keras.fold import fold
from kerascfg.model.from_keras.folding.same import same_graph
from kerascfg.model.from_keras.writing import write_yaml


def layers(text: str) -> dict[str, Any]:
    return {"inputs": {"x": {"shape": [8, 8, 3]}}, "layers": yaml.safe_load(text)}


def residual_network(stages: tuple[int, ...] = (3, 4, 6, 3)) -> dict[str, Any]:
    """ResNet's layers, named and wired as in keras.applications."""
    nodes: dict[str, Any] = {"stem": {"type": "Conv2D", "filters": 64, "kernel_size": 7}}
    entering = "stem"
    for stage, units in enumerate(stages):
        for unit in range(units):
            name, filters = f"conv{stage + 2}_block{unit + 1}", 64 * 2**stage
            strides = {"strides": 2} if unit == 0 and stage else {}
            main: dict[str, Any] = {"type": "Conv2D", "inputs": entering, "kernel_size": 1}
            if unit == 0:
                nodes[f"{name}_0_conv"] = {**main, "filters": 4 * filters, **strides}
                nodes[f"{name}_0_bn"] = "BatchNormalization"
            nodes[f"{name}_1_conv"] = {**main, "filters": filters, **strides}
            nodes[f"{name}_1_bn"] = "BatchNormalization"
            nodes[f"{name}_1_relu"] = "ReLU"
            nodes[f"{name}_2_conv"] = {"type": "Conv2D", "filters": filters, "kernel_size": 3}
            nodes[f"{name}_2_bn"] = "BatchNormalization"
            nodes[f"{name}_2_relu"] = "ReLU"
            nodes[f"{name}_3_conv"] = {"type": "Conv2D", "filters": 4 * filters, "kernel_size": 1}
            nodes[f"{name}_3_bn"] = "BatchNormalization"
            skip = f"{name}_0_bn" if unit == 0 else entering
            nodes[f"{name}_add"] = {"type": "Add", "inputs": [skip, f"{name}_3_bn"]}
            nodes[f"{name}_out"] = "ReLU"
            entering = f"{name}_out"
    nodes |= {"avg_pool": "GlobalAveragePooling2D", "predictions": {"type": "Dense", "units": 10}}
    return {"inputs": {"image": {"shape": [224, 224, 3]}}, "layers": nodes}


def test_a_residual_network_becomes_one_block_and_a_line_for_each_stage():
    model = fold(residual_network())
    assert list(model["blocks"]) == ["residual"]
    assert model["blocks"]["residual"]["args"] == {"filters": "???", "strides": 1, "project": False}
    stages = {name: node for name, node in model["layers"].items() if "block" in node}
    assert stages == {
        "conv2": {"block": "residual", "filters": 64, "repeat": 3, "first": {"project": True}},
        "conv3": {
            **{"block": "residual", "filters": 128, "repeat": 4},
            "first": {"strides": 2, "project": True},
        },
        "conv4": {
            **{"block": "residual", "filters": 256, "repeat": 6},
            "first": {"strides": 2, "project": True},
        },
        "conv5": {
            **{"block": "residual", "filters": 512, "repeat": 3},
            "first": {"strides": 2, "project": True},
        },
    }


def test_a_deeper_network_of_the_same_stages_is_as_long():
    lines = [write_yaml(fold(residual_network(s))).count("\n") for s in ((3, 4, 6), (9, 30, 7))]
    assert lines[0] == lines[1] < 35


def test_the_projection_is_there_only_where_a_use_asks_for_it():
    nodes = fold(residual_network())["blocks"]["residual"]["layers"]
    assert [name for name, node in nodes.items() if "when" in node] == ["conv0", "bn0"]
    assert nodes["add"] == {"type": "Add", "inputs": ["bn0", "bn3"]}


def test_an_argument_in_a_constant_ratio_to_another_is_an_expression():
    nodes = fold(residual_network())["blocks"]["residual"]["layers"]
    assert nodes["conv3"]["filters"] == "$(4 * filters)"


def test_equal_layers_in_a_row_are_one_with_repeat():
    model = fold(
        layers("{fc1: {type: Dense, units: 64}, fc2: {type: Dense, units: 64}, out: Dense}")
    )
    assert model["layers"] == {"fc": {"type": "Dense", "units": 64, "repeat": 2}, "out": "Dense"}


def test_squeeze_and_excite_is_a_block_with_two_ways_through_it():
    one = """
    {n}_pool: {{type: GlobalAveragePooling2D, keepdims: true}}
    {n}_reduce: {{type: Conv2D, filters: {r}, kernel_size: 1, activation: relu, padding: same}}
    {n}_expand: {{type: Conv2D, filters: {f}, kernel_size: 1, activation: sigmoid, padding: same}}
    {n}_scale: {{type: Multiply, inputs: [{n}_conv, {n}_expand]}}
    """
    text = "".join(
        f"\n    {n}_conv: {{type: Conv2D, filters: {f}, kernel_size: {k}}}"
        + one.format(n=n, r=f // 4, f=f)
        for n, f, k in (("a", 16, 3), ("b", 32, 5), ("c", 64, 7))
    )
    (block,) = fold(layers(text))["blocks"].values()
    assert block["layers"]["scale"] == {"type": "Multiply", "inputs": ["conv", "expand"]}


def test_what_does_not_repeat_stays_as_it_is():
    model = layers("{a: {type: Conv2D, filters: 4, kernel_size: 3}, b: Flatten, c: Dense}")
    assert fold(model) == model


def test_a_shared_layer_stays_outside_of_blocks():
    text = "".join(
        f"d{i}: {{type: Dense, units: 64, activation: relu}}\n"
        f"n{i}: {{type: LayerNormalization, epsilon: 1.0e-5}}\n"
        f"p{i}: {{type: Dropout, rate: 0.25}}\n"
        for i in range(6)
    )
    model = fold(layers(text + "again: {share: d2, inputs: p5}"))
    assert model["layers"]["d2"]["type"] == "Dense"
    assert model["layers"]["again"]["share"] == "d2"
    assert model["blocks"]


def test_a_node_that_is_used_from_outside_is_no_inner_node_of_a_block():
    text = "".join(
        f"c{i}: {{type: Conv2D, filters: 64, kernel_size: 3, padding: same}}\n"
        f"b{i}: {{type: BatchNormalization, epsilon: 1.0e-5}}\n"
        f"r{i}: {{type: ReLU, max_value: 6.0}}\n"
        for i in range(6)
    )
    flat = layers(text + "all: {type: Concatenate, inputs: [b2, r5]}")
    graphs = [expand_model(model, ("x",), {}) for model in (flat, fold(flat))]
    names = same_graph(*graphs)
    joined = next(node for node in graphs[1].nodes if node.name == names["all"])
    assert [ref.node for ref in joined.inputs] == [names["b2"], names["r5"]]


def test_several_outputs_keep_their_names():
    text = "".join(f"d{i}: {{type: Dense, units: 64, activation: relu}}\n" for i in range(6))
    model = fold({**layers(text), "outputs": ["d2", "d5"]})
    assert model["outputs"] == ["d2", "d5"]


def test_the_blocks_that_a_model_has_stay_as_they_are():
    model = residual_network()
    model["blocks"] = {
        "head": {"layers": {"drop": "Dropout", "out": {"type": "Dense", "units": 2}}}
    }
    model["layers"]["predictions"] = {"block": "head"}
    assert fold(model)["blocks"]["head"] == model["blocks"]["head"]


def test_the_same_model_folds_the_same_every_time():
    assert write_yaml(fold(residual_network())) == write_yaml(fold(residual_network()))


def test_a_graph_that_is_none_is_refused():
    with pytest.raises(ConfigError, match="expected no cycle"):
        fold(layers("{a: {type: ReLU, inputs: b}, b: {type: ReLU, inputs: a}}"))


KINDS: tuple[dict[str, Any], ...] = (
    {"type": "Dense", "units": 8},
    {"type": "Dense", "units": 16},
    {"type": "ReLU"},
    {"type": "Dropout", "rate": 0.5},
    {"type": "LayerNormalization"},
)


def random_model(seed: int) -> dict[str, Any]:
    """Planted repeats, some with a shortcut or one node more, among random nodes."""
    source = random.Random(seed)
    nodes: dict[str, Any] = {}

    def add(node: dict[str, Any]) -> str:
        nodes[f"n{len(nodes)}"] = dict(node)
        return f"n{len(nodes) - 1}"

    last = add(source.choice(KINDS))
    units = [
        (source.choices(KINDS, k=source.randint(2, 5)), source.random() < 0.5) for _ in range(3)
    ]
    for _ in range(source.randint(5, 12)):
        planted, has_shortcut = source.choice(units)
        entering = last
        for node in planted:
            changed = {**node, "units": source.choice((4, 8))} if "units" in node else node
            last = add({**changed, "inputs": last})
        if has_shortcut:
            skip = add({**KINDS[0], "inputs": entering}) if source.random() < 0.3 else entering
            last = add({"type": "Add", "inputs": source.choice(([last, skip], [skip, last]))})
        if source.random() < 0.2:
            last = add({"type": "Concatenate", "inputs": [source.choice(list(nodes)), last]})
    ends = set(nodes) - {name for n in nodes.values() for name in _flat(n.get("inputs", "x"))}
    return {"inputs": {"x": {"shape": [8]}}, "layers": nodes, "outputs": sorted(ends)}


def _flat(inputs: Any) -> list[str]:
    return inputs if isinstance(inputs, list) else [inputs]


@pytest.mark.parametrize("seed", range(40))
def test_random_models_fold_to_the_same_graph_and_no_longer_text(seed):
    model = random_model(seed)
    shorter = fold(model)
    names = same_graph(expand_model(model, ("x",), {}), expand_model(shorter, ("x",), {}))
    assert names.keys() == model["layers"].keys()
    assert write_yaml(shorter).count("\n") <= write_yaml(model).count("\n")
