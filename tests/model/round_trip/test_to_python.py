from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import yaml

import kerascfg
from kerascfg.assembly import build_core
from kerascfg.model import Built
from kerascfg.model.from_keras import copy_weights, outputs_of, read_model, sample_of, write_yaml
from kerascfg.model.from_keras.rebuilding import rebuild
from kerascfg.model.to_python import write_python

pytestmark = pytest.mark.slow

CONF = Path(kerascfg.__file__).parent.parent / "conf" / "model"


def program_of(built: Built, model: dict[str, Any]) -> Any:
    """Run the written code, and return its model."""
    space: dict[str, Any] = {"__name__": "written"}
    exec(compile(write_python(built, model, "A model"), "written.py", "exec"), space)
    return space["build_model"]()


def assert_equal(built: Built, made: keras.Model, sample: dict[str, Any]) -> None:
    names = list(built.graph.outputs)
    copy_weights(built.model, made)
    expected = outputs_of(built.model, sample, names)
    received = outputs_of(made, sample, names)
    assert all(np.array_equal(a, b) for a, b in zip(expected, received, strict=True))


def test_the_code_of_every_kind_of_model_builds_it(model: keras.Model):
    described = yaml.safe_load(write_yaml(read_model(model)))
    built = rebuild(described)
    made = program_of(built, described)
    assert made.count_params() == built.model.count_params()
    assert [layer.name for layer in made.layers] == [layer.name for layer in built.model.layers]
    sample = {name: sample_of(spec) for name, spec in described["inputs"].items()}
    assert_equal(built, made, sample)


@pytest.fixture
def data(tmp_path: Path) -> dict[str, list[str]]:
    """Data for each shipped model: overrides."""
    generator = np.random.default_rng(0)
    pixels = generator.uniform(size=(40, 8, 8, 1)).astype("float32")
    np.savez(tmp_path / "pairs.npz", left=pixels, right=pixels, same=np.arange(40) % 2)
    np.savez(
        tmp_path / "tickets.npz",
        facts=generator.uniform(size=(40, 4)).astype("float32"),
        words=generator.integers(0, 1000, (40, 16)).astype("int32"),
        urgent=np.arange(40) % 2,
        team=np.arange(40) % 5,
    )
    return {
        "cnn": ["data=digits"],
        "mlp": ["data=wine"],
        "resnet18": ["data=digits"],
        "siamese": ["task=binary", "data=npz", "data.target=same", path_of(tmp_path / "pairs.npz")],
        "tabular": ["data=wine"],
        "transfer": ["data=digits", "model.layers.backbone.weights=null"],
        "two_inputs": [
            "task=null",
            "loss={urgent: BinaryCrossentropy, team: SparseCategoricalCrossentropy}",
            "metrics=null",
            "data=npz",
            "data.target=[urgent,team]",
            path_of(tmp_path / "tickets.npz"),
        ],
    }


def path_of(file: Path) -> str:
    return f"data.source.path={file}"


@pytest.mark.parametrize("name", sorted(file.stem for file in CONF.glob("*.yaml")))
def test_the_code_of_every_shipped_model_builds_it(name: str, data: dict[str, list[str]]):
    config = kerascfg.load([f"model={name}", *data[name]])
    assert not kerascfg.check(config)
    built = build_core(config)
    made = program_of(built, config["model"])
    assert made.count_params() == built.model.count_params()
    inputs = built.model.input if isinstance(built.model.input, dict) else {"": built.model.input}
    sample = {
        key: sample_of({"shape": list(tensor.shape[1:]), "dtype": tensor.dtype})
        for key, tensor in inputs.items()
    }
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
