from __future__ import annotations

from typing import Any

import keras
import pytest
import yaml

from kerascfg.model.from_keras import read_model, sample_of, write_yaml
from kerascfg.model.from_keras.rebuilding import rebuild
from kerascfg.model.to_python import write_python
from tests.model.round_trip.programs import assert_equal, program_of

pytestmark = pytest.mark.slow


def test_the_code_of_every_kind_of_model_builds_it(model: keras.Model):
    described = yaml.safe_load(write_yaml(read_model(model)))
    built = rebuild(described)
    made = program_of(built, described)
    assert made.count_params() == built.model.count_params()
    assert [layer.name for layer in made.layers] == [layer.name for layer in built.model.layers]
    sample = {name: sample_of(spec) for name, spec in described["inputs"].items()}
    assert_equal(built, made, sample)


def written(text: str) -> str:
    described = yaml.safe_load(text)
    return write_python(rebuild(described), described, "A model")


def test_a_tap_into_a_model_becomes_a_model_of_its_parts():
    code = written("""
        inputs: {image: {shape: [32, 32, 3]}}
        layers:
          backbone: {type: keras.applications.MobileNetV2, include_top: false, weights: null}
          low: {type: Conv2D, inputs: backbone.block_1_expand_relu, filters: 2, kernel_size: 1}
          pooled: {type: GlobalAveragePooling2D, inputs: backbone}
          seen: {type: GlobalAveragePooling2D, inputs: low}
          all: {type: Concatenate, inputs: [pooled, seen]}
    """)
    assert 'backbone_layer.get_layer("block_1_expand_relu").output' in code
    assert "input_shape=[32, 32, 3]" in code
    space: dict[str, Any] = {"__name__": "written"}
    exec(code, space)
    assert space["build_model"]().output.shape == (None, 1282)


def test_sizes_are_filled_in_and_names_that_python_keeps_are_changed():
    code = written("""
        inputs: {image: {shape: [8, 8, 12]}}
        layers:
          lambda: {type: Dense, units: $(channels(image) // 4)}
    """)
    assert 'lambda_ = layers.Dense(units=3, name="lambda")(image)' in code


SHARED_BESIDE_ITS_LAYERS_NAME = """
inputs: {a: {shape: [4]}, b: {shape: [4]}}
layers:
  dense: {type: Dense, inputs: a, units: 4}
  dense_layer: {type: Dense, inputs: dense, units: 4}
  again: {share: dense, inputs: b}
  both: {type: Add, inputs: [dense_layer, again]}
"""
TOWER_CALLED_MODEL = """
inputs: {a: {shape: [4]}, b: {shape: [4]}}
blocks: {tower: {layers: {d: {type: Dense, units: 3}}}}
layers:
  model: {block: tower, inputs: a}
  build_model: {share: model, inputs: b}
  both: {type: Add, inputs: [model, build_model]}
"""
INNER_MODELS_OF_ONE_NAME = """
inputs: {a: {shape: [2, 4]}}
blocks:
  one: {inputs: {x: {shape: [4]}}, layers: {d: {type: Dense, units: 3}}}
  two: {inputs: {x: {shape: [3]}}, layers: {d: {type: Dense, units: 5}}}
  first:
    inputs: {x: {shape: [2, 4]}}
    layers: {td: {type: TimeDistributed, layer: {block: one}}}
  second:
    inputs: {x: {shape: [2, 3]}}
    layers: {td: {type: TimeDistributed, layer: {block: two}}}
layers:
  r: {type: Reshape, target_shape: [1, 2, 4]}
  p: {type: TimeDistributed, layer: {block: first}}
  q: {type: TimeDistributed, layer: {block: second}}
"""


@pytest.mark.parametrize(
    "described", [SHARED_BESIDE_ITS_LAYERS_NAME, TOWER_CALLED_MODEL, INNER_MODELS_OF_ONE_NAME]
)
def test_what_the_code_names_itself_hides_no_other_name(described: str):
    model = yaml.safe_load(described)
    built = rebuild(model)
    sample = {name: sample_of(spec) for name, spec in model["inputs"].items()}
    assert_equal(built, program_of(built, model), sample)
