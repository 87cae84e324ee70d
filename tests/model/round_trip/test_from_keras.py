from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import yaml

from kerascfg.errors import ConfigError
from kerascfg.model.from_keras import (
    compare,
    copy_weights,
    fold,
    open_source,
    read_model,
    write_yaml,
)
from kerascfg.model.from_keras.rebuilding import outputs_of, rebuild, sample_of

pytestmark = pytest.mark.slow

APPLICATIONS = [name for name in dir(keras.applications) if name[0].isupper()]
SMALLEST = {"InceptionV3": 75, "InceptionResNetV2": 75, "Xception": 71}
FIXED = {"NASNetLarge": 331, "NASNetMobile": 224}  # they refuse others while they have a head


def disturbed(model: keras.Model) -> keras.Model:
    """Move what starts as zeros and ones (biases, statistics), so that no mistake hides there."""
    generator = np.random.default_rng(0)
    for variable in model.variables:
        if "float" in str(variable.dtype) and np.prod(variable.shape) < 10_000:
            noise = generator.uniform(0.9, 1.1, variable.shape).astype("float32")
            variable.assign(variable * noise + 0.01 * (noise - 0.9))
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    return model


def texts(model: keras.Model) -> str:
    return write_yaml(fold(read_model(model)))


def assert_rebuilt_is_equal(model: keras.Model) -> None:
    described = yaml.safe_load(texts(model))
    built = rebuild(described)
    assert built.model.count_params() == model.count_params()
    names = list(built.graph.outputs)
    copy_weights(model, built.model, names)
    sample = {name: sample_of(spec) for name, spec in described["inputs"].items()}
    expected = outputs_of(model, list(sample.values()))
    received = outputs_of(built.model, sample, names)
    assert [a.dtype for a in expected] == [a.dtype for a in received]
    assert all(np.array_equal(a, b) for a, b in zip(expected, received, strict=True))
    assert all(np.isfinite(a).all() for a in expected)


@pytest.fixture(autouse=True)
def _clear():
    yield
    keras.utils.clear_session()


@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_application_returns_the_same(name: str):
    size = SMALLEST.get(name, 64)
    arguments: dict[str, Any] = {"classes": 10, "input_shape": (size, size, 3)}
    if name in FIXED:
        arguments["include_top"] = False
    model = getattr(keras.applications, name)(weights=None, **arguments)
    assert_rebuilt_is_equal(disturbed(model))


def test_a_functional_model_returns_the_same(model: keras.Model):
    assert_rebuilt_is_equal(disturbed(model))


def test_a_saved_model_reads_as_it_did(model: keras.Model, tmp_path: Path):
    model.save(tmp_path / "model.keras")
    assert texts(open_source(str(tmp_path / "model.keras"))) == texts(model)


def test_a_vocabulary_that_was_learnt_is_written():
    word = keras.Input((1,), dtype="string", name="word")
    lookup = keras.layers.StringLookup(name="lookup", output_mode="one_hot")
    lookup.adapt([["b"], ["a"], ["b"]])
    model = keras.Model(word, keras.layers.Dense(2, name="head")(lookup(word)))
    described = read_model(model)
    assert described["layers"]["lookup"] == {
        "type": "StringLookup",
        "vocabulary": ["b", "a"],
        "output_mode": "one_hot",
    }
    assert "outputs not compared, since an input takes texts" in compare(model, described)


def test_alike_wrappers_of_one_layer_are_one_layer_called_twice():
    cell, dense = keras.layers.LSTMCell(4), keras.layers.Dense(2)
    short, long = keras.Input((5, 3), name="short"), keras.Input((6, 3), name="long")
    made = [
        keras.layers.TimeDistributed(dense)(keras.layers.RNN(cell, return_sequences=True)(each))
        for each in (short, long)
    ]
    model = keras.Model([short, long], made)
    assert model.count_params() == 138  # 128 of the cell, 10 of the dense layer
    kinds = [next(iter(node)) for node in read_model(model)["layers"].values()]
    assert kinds == ["type", "type", "share", "share"]
    assert_rebuilt_is_equal(disturbed(model))


def two_codes(shared: bool) -> keras.Model:
    """Two inputs through one layer, or through one each."""
    one, other = keras.Input((3,), name="one"), keras.Input((3,), name="other")
    code = keras.layers.Dense(4)
    again = code if shared else keras.layers.Dense(4)
    return keras.Model([one, other], [code(one), again(other)])


@pytest.mark.parametrize("shared", [True, False])
def test_what_shares_otherwise_is_not_the_same_model(shared: bool):
    with pytest.raises(ConfigError, match="layers with weights"):
        compare(two_codes(shared), read_model(two_codes(not shared)))


def stack_and_cell(shared: bool) -> keras.Model:
    """A cell alone and behind another, which is the same one or its like."""
    x = keras.Input((5, 4))
    cell = keras.layers.GRUCell(4)
    cells = [keras.layers.LSTMCell(4), cell if shared else keras.layers.GRUCell(4)]
    stack = keras.layers.RNN(keras.layers.StackedRNNCells(cells), name="stack")
    return keras.Model(x, [keras.layers.RNN(cell)(x), stack(x)])


def test_what_shares_a_part_otherwise_is_not_the_same_model():
    with pytest.raises(ConfigError, match="weights shared between the same layers"):
        compare(stack_and_cell(True), read_model(stack_and_cell(False)))


def test_one_cell_twice_in_a_stack_is_not_two_cells():
    cell, x = keras.layers.LSTMCell(3), keras.Input((5, 3))
    stack = keras.layers.RNN(keras.layers.StackedRNNCells([cell, cell]), name="stack")
    model = keras.Model(x, stack(x))
    with pytest.raises(ConfigError, match="stack: expected weights of shapes") as caught:
        compare(model, read_model(model))
    assert "a layer that stands in several places inside stack" in str(caught.value)


def test_parameters_that_no_output_needs_are_counted():
    x = keras.Input((3,))
    y = keras.layers.Dense(2, name="y")(x)
    model = keras.Model(x, y)
    model.spare = keras.layers.Dense(2)
    model.spare.build((None, 3))
    with pytest.raises(ConfigError, match=r"expected 16 parameters\. Received: 8"):
        compare(model, read_model(model))


def test_what_is_random_in_inference_draws_alike():
    x = keras.Input((50,))
    drop = keras.layers.Dropout(0.5, name="drop")
    noisy = keras.layers.GaussianNoise(0.1)(drop(x, training=True))
    sequence = keras.layers.Reshape((10, 5))(noisy)
    last = keras.layers.LSTM(4, recurrent_dropout=0.5, name="last")(sequence, training=True)
    model = keras.Model(x, [noisy, last])
    assert compare(model, read_model(model)).endswith(
        "equal outputs for a random sample; the stated `training` of drop, last, which Keras "
        "overrules, holds here"
    )


def test_a_stated_mode_of_a_model_inside_a_layer_is_compared_as_stated():
    frame, film = keras.Input((20,)), keras.Input((4, 20))
    inner = keras.Model(frame, keras.layers.Dropout(0.5)(frame, training=True))
    model = keras.Model(film, keras.layers.TimeDistributed(inner)(film))
    assert "equal outputs for a random sample" in compare(model, read_model(model))


def test_another_rate_of_what_is_random_is_another_model():
    x = keras.Input((50,), name="x")
    drop = keras.layers.Dropout(0.5, name="drop")
    model = keras.Model(x, drop(x, training=True))
    described = read_model(model)
    described["layers"]["drop"]["rate"] = 0.4
    with pytest.raises(ConfigError, match="computes something else as drop"):
        compare(model, described)


def test_draws_from_a_shared_layer_that_is_written_twice_are_not_claimed_to_be_equal():
    drop = keras.layers.Dropout(0.5)
    x, y = keras.Input((5, 30)), keras.Input((30,))
    made = [keras.layers.TimeDistributed(drop)(x, training=True), drop(y, training=True)]
    model = keras.Model([x, y], made)
    assert "outputs not compared, since they are random" in compare(model, read_model(model))


def test_comparing_leaves_seeds_and_modes_as_they_were():
    x = keras.Input((5,))
    drop = keras.layers.Dropout(0.5)
    model = keras.Model(x, drop(x, training=True))
    before = drop.seed_generator.state.numpy().tolist()
    compare(model, read_model(model))
    assert drop.seed_generator.state.numpy().tolist() == before
    assert np.all(model.predict(np.ones((1, 5)), verbose=0) == 1)  # Keras overrules what is stated


def by_name() -> keras.Model:
    """Outputs by names that are not their layers'."""
    a, b = keras.Input((4,), name="a"), keras.Input((5,), name="b")
    joined = keras.layers.Concatenate(name="p")([a, b])
    p, q = keras.layers.Dense(2)(joined), keras.layers.Dense(3, name="p_q")(b)
    return keras.Model({"a": a, "b": b}, {"p": p, "q": q})


def test_outputs_keep_the_names_by_which_they_leave():
    described = read_model(by_name())
    assert described["outputs"] == ["p", "q"]
    assert described["layers"]["p"] == {"type": "Dense", "units": 2}  # takes p_1
    assert described["layers"]["q"] == {"type": "Dense", "inputs": "b", "units": 3}
    rebuilt = rebuild(yaml.safe_load(texts(by_name()))).model
    assert set(rebuilt.output) == {"p", "q"}
    assert_rebuilt_is_equal(disturbed(by_name()))


def test_what_no_node_of_its_own_gives_leaves_through_an_identity():
    x = keras.Input((6, 4), name="x")
    last, state = keras.layers.GRU(3, return_state=True, name="gru")(x)
    outputs = {"last": last, "again": last, "state": state, "given": x}
    described = read_model(keras.Model(x, outputs))
    assert described["outputs"] == ["again", "given", "last", "state"]
    assert described["layers"]["state"] == {"type": "Identity", "inputs": "gru.1"}
    assert described["layers"]["given"] == {"type": "Identity", "inputs": "x"}
    assert_rebuilt_is_equal(keras.Model(x, outputs))


def test_names_of_outputs_that_no_node_can_have_are_refused():
    x = keras.Input((3,), name="x")
    with pytest.raises(ConfigError, match="expected names of outputs") as caught:
        read_model(keras.Model(x, {"x": keras.layers.Dense(2)(x), "y-1": keras.layers.ReLU()(x)}))
    assert "Received: x, y-1" in str(caught.value)


def test_outputs_in_mappings_within_mappings_are_refused():
    x = keras.Input((3,), name="x")
    model = keras.Model(x, {"p": {"q": keras.layers.Dense(2)(x)}, "r": keras.layers.Dense(2)(x)})
    with pytest.raises(ConfigError, match="expected outputs in a list or by name"):
        read_model(model)
