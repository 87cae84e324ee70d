"""What from-keras cannot say without loss is an error that names the layer and the reason."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers, ops

from kerascfg.errors import ConfigError
from kerascfg.model.from_keras import open_source, read_model

pytestmark = pytest.mark.slow


def problem_of(model: keras.Model) -> str:
    with pytest.raises(ConfigError) as caught:
        read_model(model)
    return str(caught.value)


def source_problem(source: str) -> str:
    with pytest.raises(ConfigError) as caught:
        open_source(source)
    return str(caught.value)


class Doubling(layers.Layer):
    def call(self, x: Any) -> Any:
        return 2 * x


class Subclassed(keras.Model):
    def call(self, x: Any) -> Any:
        return x


def test_a_lambda_is_code_inside_data():
    x = keras.Input((3,))
    problem = problem_of(keras.Model(x, layers.Lambda(lambda v: v, name="twice")(x)))
    assert problem.startswith("model.layers.twice: keras.layers.Lambda is refused")


def test_a_lambda_as_an_activation_is_too():
    x = keras.Input((3,))
    problem = problem_of(keras.Model(x, layers.Dense(2, activation=lambda v: v, name="d")(x)))
    assert problem.startswith("model.layers.d.activation: expected no code inside data")


def test_a_layer_of_a_package_that_is_not_allowed_says_how_to_allow_it():
    x = keras.Input((3,))
    problem = problem_of(keras.Model(x, Doubling(name="twice")(x)))
    assert problem.startswith("model.layers.twice: expected a name from Keras")
    assert "KERASCFG_PLUGINS=" in problem


def test_a_constant_tensor_is_no_number():
    x = keras.Input((3,))
    problem = problem_of(keras.Model(x, ops.multiply(x, ops.convert_to_tensor([1.0, 2.0, 3.0]))))
    assert "expected numbers as constants. Received: a tensor of shape (3,)" in problem


def test_a_number_in_a_tensor_is_a_number():
    x = keras.Input((3,))
    read = read_model(keras.Model(x, ops.multiply(x, ops.convert_to_tensor(2.0))))
    assert next(iter(read["layers"].values()))["inputs"][1] == 2.0


def test_a_subclassed_model_is_no_graph():
    assert "Subclassed, whose call is code" in problem_of(Subclassed())


def test_a_sequential_model_without_a_shape_is_not_built():
    assert "a Sequential that was never built" in problem_of(keras.Sequential([layers.Dense(2)]))


def test_a_fixed_batch_is_not_in_the_language():
    x = keras.Input((3,), batch_size=4, name="x")
    problem = problem_of(keras.Model(x, layers.Dense(2)(x)))
    assert problem.startswith("model.inputs.x: expected a batch of any size")


def test_an_input_that_nothing_takes_is_not_built():
    x, unused = keras.Input((3,)), keras.Input((3,), name="unused")
    problem = problem_of(keras.Model([x, unused], layers.Dense(2)(x)))
    assert problem.startswith("model.inputs.unused: expected an input that a layer takes")


def test_one_tensor_as_two_outputs_of_a_list_has_no_two_names():
    x = keras.Input((3,))
    y = layers.Dense(2, name="y")(x)
    problem = problem_of(keras.Model(x, [y, y]))
    assert "model.outputs: expected each tensor once among the outputs. Received: y, y" in problem
    assert "keras.layers.Identity()" in problem


def test_a_layer_inside_and_outside_a_nested_model_belongs_to_neither():
    dense = layers.Dense(3, name="both")
    inner = keras.Input((3,))
    nested = keras.Model(inner, layers.ReLU()(dense(inner)), name="nested")
    x = keras.Input((3,))
    problem = problem_of(keras.Model(x, dense(nested(x))))
    assert problem.startswith("model.layers.both: expected both to have weights of its own")
    assert "both/kernel, which belongs to model.layers.nested.layers.both too" in problem


def test_a_layer_without_weights_may_stand_inside_and_outside_a_nested_model():
    relu = layers.ReLU(name="both")
    inner, x = keras.Input((3,)), keras.Input((3,), name="x")
    nested = keras.Model(inner, relu(layers.Dense(2, name="code")(inner)), name="nested")
    read = read_model(keras.Model(x, relu(nested(x))))
    assert read["layers"]["both"] == "ReLU"
    assert read["blocks"]["nested"]["layers"]["both"] == "ReLU"


def test_a_layer_called_and_inside_a_wrapper_cannot_be_shared():
    dense, film, frame = layers.Dense(4, name="code"), keras.Input((5, 3)), keras.Input((3,))
    wrapped = layers.TimeDistributed(dense, name="frames")(film)
    problem = problem_of(keras.Model([film, frame], [wrapped, dense(frame)]))
    assert problem.startswith("model.layers.code: expected code to have weights of its own")
    assert "which belongs to model.layers.frames too" in problem
    assert "a whole layer is shared, by `share`, not a part of one" in problem


def test_a_model_called_and_inside_a_wrapper_cannot_be_shared():
    inner, film, frame = keras.Input((3,)), keras.Input((5, 3)), keras.Input((3,))
    model = keras.Model(inner, layers.Dense(4, name="code")(inner), name="model")
    wrapped = layers.TimeDistributed(model, name="frames")(film)
    problem = problem_of(keras.Model([frame, film], [model(frame), wrapped]))
    assert problem.startswith("model.layers.frames: expected frames to have weights of its own")
    assert "which belongs to model.layers.model.layers.code too" in problem


def test_a_cell_in_unlike_layers_cannot_be_shared():
    cell, x = layers.LSTMCell(4), keras.Input((5, 3))
    forwards = layers.RNN(cell, name="forwards")(x)
    backwards = layers.RNN(cell, go_backwards=True, name="backwards")(x)
    problem = problem_of(keras.Model(x, [forwards, backwards]))
    assert problem.startswith("model.layers.backwards: expected backwards to have weights of its")


def test_a_cell_of_a_stack_cannot_be_shared():
    cell, x = layers.LSTMCell(4), keras.Input((5, 3))
    stack = layers.RNN(layers.StackedRNNCells([layers.GRUCell(3), cell]), name="stack")(x)
    alone = layers.RNN(cell, name="alone")(x)
    problem = problem_of(keras.Model(x, [stack, alone]))
    assert "expected alone to have weights of its own" in problem
    assert "which belongs to model.layers.stack too" in problem


def test_a_missing_file_is_named():
    assert "expected an existing file. Received: nowhere.keras" in source_problem("nowhere.keras")


def test_a_file_that_is_no_model_is_named(tmp_path: Path):
    (tmp_path / "text.keras").write_text("no model")
    assert "expected a model saved by Keras 3" in source_problem(str(tmp_path / "text.keras"))


def test_a_file_with_a_lambda_is_refused_before_it_is_loaded(tmp_path: Path):
    x = keras.Input((3,))
    keras.Model(x, layers.Lambda(lambda v: v)(x)).save(tmp_path / "model.keras")
    assert "the file holds a Lambda" in source_problem(str(tmp_path / "model.keras"))


def test_a_file_that_names_another_package_is_refused_before_that_is_imported(tmp_path: Path):
    config = {"module": "antigravity", "class_name": "Fly", "config": {}, "registered_name": None}
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", "{}")
    problem = source_problem(str(tmp_path / "model.keras"))
    assert "allowed package. Received: antigravity.Fly" in problem


def test_a_file_nested_without_end_is_no_model(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("config.json", "[" * 200_000)
        archive.writestr("metadata.json", "{}")
    problem = source_problem(str(tmp_path / "model.keras"))
    assert "model.keras" in problem
    assert "nested too deeply" in problem


def test_a_misspelled_application_is_suggested():
    assert "did you mean `keras.applications.ResNet50`?" in source_problem(
        "keras.applications.Resnet50"
    )


def test_a_package_that_is_not_allowed_is_not_imported():
    assert "expected a file, keras.applications.NAME" in source_problem("os.path.join")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"models_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(
        "import keras\n"
        "def build():\n"
        "    x = keras.Input((3,), name='x')\n"
        "    return keras.Model(x, keras.layers.Dense(2, name='y')(x))\n"
        "ready = build()\n"
        "number = 3\n"
        "def sized(units): return units\n"
        "def broken(): raise RuntimeError('no')\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERASCFG_PLUGINS", name)
    return name


@pytest.mark.parametrize("thing", ["build", "ready"])
def test_a_model_or_a_function_of_an_allowed_package_is_read(package: str, thing: str):
    read = read_model(open_source(f"{package}.{thing}"))
    assert read == {"inputs": {"x": {"shape": [3]}}, "layers": {"y": {"type": "Dense", "units": 2}}}


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        ("number", "expected a keras.Model or a function that returns one. Received: 3"),
        ("sized", "which requires units"),
        ("broken", "RuntimeError: no"),
        ("biuld", "did you mean"),
    ],
)
def test_what_is_no_model_is_a_problem(package: str, thing: str, message: str):
    assert message in source_problem(f"{package}.{thing}")
