from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import kerascfg
from kerascfg.errors import ConfigError
from kerascfg.model import build_model, load_model

pytestmark = pytest.mark.slow


def built(text: str) -> Any:
    return build_model(yaml.safe_load(text), {})


def problem_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        built(text)
    return str(caught.value)


def test_resnet18_has_the_parameters_of_the_paper():
    overrides = ["model=resnet18", "model.inputs.image.shape=[224,224,3]", "data.classes=1000"]
    config = kerascfg.load(overrides)
    facts = {"data": {"classes": 1000}}
    assert build_model(config["model"], facts).count_params() == 11_699_112


def test_the_order_of_the_file_does_not_change_the_model():
    nodes = [
        "a: {type: Dense, inputs: x, units: 4}",
        "b: {type: Dense, inputs: a, units: 3}",
        "c: {type: Concatenate, inputs: [a, b]}",
    ]
    shapes = {
        built("inputs: {x: {shape: [2]}}\nlayers: {" + ", ".join(order) + "}").output_shape
        for order in (nodes, nodes[::-1])
    }
    assert shapes == {(None, 7)}


def test_states_are_picked_by_their_number():
    model = built(
        """
        inputs: {source: {shape: [null, 7]}, target: {shape: [null, 9]}}
        layers:
          encoder: {type: LSTM, inputs: source, units: 4, return_state: true}
          decoder:
            type: LSTM
            inputs: {sequences: target, initial_state: [encoder.1, encoder.2]}
            units: 4
            return_sequences: true
          head: {type: Dense, units: 9}
        """
    )
    assert model.output_shape == (None, None, 9)
    source = np.random.default_rng(0).random((2, 3, 7), "float32")
    target = np.zeros((2, 5, 9), "float32")
    one, other = (model({"source": s, "target": target}) for s in (source, source * 2))
    assert not np.allclose(one, other)  # the encoder's state reaches the decoder


def test_an_output_that_is_several_must_be_picked():
    said = problem_of(
        """
        inputs: {x: {shape: [null, 7]}}
        layers: {a: {type: LSTM, units: 4, return_state: true}}
        """
    )
    assert "model.outputs: expected one of a.0, a.1, a.2. Received: a" in said


def test_picking_from_a_node_with_one_output_is_an_error():
    said = problem_of(
        """
        inputs: {x: {shape: [7]}}
        layers: {a: {type: Dense, units: 4}, b: {type: Dense, inputs: a.1, units: 4}}
        """
    )
    assert "model.layers.b.inputs: expected the only output of a. Received: a.1" in said


def test_nested_nodes_are_built_first():
    model = built(
        """
        inputs: {x: {shape: [5, 3]}}
        layers:
          both: {type: Bidirectional, layer: {type: LSTM, units: 4, kernel_regularizer: {type: L2}}}
          cells: {type: Reshape, target_shape: [4, 2]}
          stack: {type: RNN, cell: {type: StackedRNNCells, cells: [{type: GRUCell, units: 3}]}}
          soft: {type: Activation, activation: {op: softmax}}
        """
    )
    assert model.output_shape == (None, 3)
    np.testing.assert_allclose(model(np.ones((1, 5, 3))).numpy().sum(), 1, rtol=1e-5)


def test_a_function_takes_constants_and_its_leading_parameters_in_order():
    model = built(
        """
        inputs: {x: {shape: [2]}}
        layers:
          half: {op: multiply, inputs: [x, 0.5]}
          chosen: {op: where, condition: true, inputs: [half, 0.0]}
          gram: {op: einsum, subscripts: "bi,bj->bij", inputs: [chosen, x]}
          both: {op: concatenate, inputs: [[gram, gram]], axis: 1}
        """
    )
    np.testing.assert_allclose(
        model(np.array([[2.0, 4.0]])), [[[2, 4], [4, 8], [2, 4], [4, 8]]], rtol=1e-6
    )


def test_call_arguments_reach_the_call():
    model = built(
        """
        inputs: {x: {shape: [3, 2]}}
        layers:
          self: {type: Attention, inputs: [x, x], call: {use_causal_mask: true}}
        """
    )
    x = np.random.default_rng(0).random((1, 3, 2), "float32")
    np.testing.assert_allclose(model(x)[:, 0], x[:, 0], rtol=1e-6)  # the first sees only itself


def test_a_tap_is_the_output_of_an_inner_layer_and_drops_what_nobody_needs():
    model = built(
        """
        inputs: {image: {shape: [32, 32, 3]}}
        layers:
          backbone: {type: keras.applications.MobileNetV2, include_top: false, weights: null,
            alpha: 0.35}
          low: {type: Conv2D, inputs: backbone.block_1_expand_relu, filters: 2, kernel_size: 1}
          gap: GlobalAveragePooling2D
        """
    )
    assert model.get_layer("low").input.shape[1:3] == (16, 16)
    names = [layer.name for layer in model.get_layer("backbone").layers]
    assert names[-1] == "block_1_expand_relu"


def test_a_tap_beside_the_whole_calls_the_backbone_once():
    model = built(
        """
        inputs: {image: {shape: [32, 32, 3]}}
        layers:
          backbone: {type: keras.applications.MobileNetV2, include_top: false, weights: null,
            alpha: 0.35}
          high: GlobalAveragePooling2D
          low: {type: GlobalAveragePooling2D, inputs: backbone.block_1_expand_relu}
          all: {type: Concatenate, inputs: [low, high]}
        """
    )
    assert model.output_shape == (None, 48 + 1280)
    assert [layer.name for layer in model.layers].count("backbone") == 1


def test_a_misspelled_tap_is_an_error_with_the_right_name():
    said = problem_of(
        """
        inputs: {image: {shape: [32, 32, 3]}}
        layers:
          backbone: {type: keras.applications.MobileNetV2, include_top: false, weights: null}
          low: {type: Conv2D, inputs: backbone.block_1_expand_rel, filters: 2, kernel_size: 1}
        """
    )
    assert "did you mean `backbone.block_1_expand_relu`?" in said


def test_a_function_that_chooses_by_its_name_is_named_afterwards():
    model = built(
        """
        inputs: {image: {shape: [32, 32, 3]}}
        layers:
          backbone: {type: keras.applications.EfficientNetV2B0, include_top: false, weights: null}
        """
    )
    assert model.get_layer("backbone").output_shape == (None, 1, 1, 1280)


def test_shapes_that_disagree_are_reported_at_the_node_without_keras_dump():
    said = problem_of(
        """
        inputs: {x: {shape: [4]}, y: {shape: [3]}}
        layers: {a: {type: Add, inputs: [x, y]}}
        """
    )
    assert said.startswith("model.layers.a: Add refuses its input: Inputs have incompatible")
    assert "Received: (None, 4) from the input x and (None, 3) from the input y" in said
    assert "Arguments received" not in said
    assert "\x1b" not in said


def test_inside_a_block_the_node_of_the_file_and_its_copy_are_named():
    said = problem_of(
        """
        inputs: {x: {shape: [4]}}
        blocks: {b: {layers: {conv: {type: Conv2D, filters: 2, kernel_size: 3}}}}
        layers: {s: {block: b, repeat: 2}}
        """
    )
    assert said.startswith("model.blocks.b.layers.conv: Conv2D (filters 2, kernel_size 3), as s_0")


def test_features_that_the_model_does_not_take_are_no_inputs_of_it():
    facts = {"data": {"features": {"x": {"shape": [2], "dtype": "float32"}, "y": {"shape": [3]}}}}
    model = build_model({"layers": {"a": {"type": "Dense", "inputs": "x", "units": 1}}}, facts)
    assert [tensor.name for tensor in model.inputs] == ["x"]


def test_an_operation_is_named_after_its_node_and_not_after_its_kind(tmp_path: Path):
    text = """
        inputs: {x: {shape: [3]}}
        layers:
          size: {op: norm, axis: -1, keepdims: true}
          norm: BatchNormalization
          add: {op: keras.applications.mobilenet_v2.preprocess_input}
          twice: {op: add, inputs: [add, add]}
        """
    model = built(text)
    assert {"size", "norm", "add", "twice"} < {layer.name for layer in model.operations}
    model.save(tmp_path / "model.keras")
    loaded: Any = load_model(tmp_path / "model.keras", {"model": yaml.safe_load(text)})
    values = np.random.default_rng(0).random((2, 3), "float32")
    np.testing.assert_array_equal(loaded(values), model(values))
