"""Each variant answers as the model does, and holds nothing of what it was made to get rid of."""

import numpy as np
import pytest

from kerascfg.exporting.plain import plain, plain_gelu, sigmoid_gelu
from kerascfg.exporting.servable import Servable
from kerascfg.exporting.target import Refused
from kerascfg.exporting.variants import unrolled, with_erf_gelu

pytestmark = pytest.mark.slow


def operations(model):
    graph = Servable(model).concrete(None).graph.as_graph_def()
    bodies = [node for function in graph.library.function for node in function.node_def]
    return {node.op for node in (*graph.node, *bodies)}


def assert_equal_answers(model, variant, *feeds):
    expected, received = Servable(model), Servable(variant)
    assert [port.entry() for port in expected.inputs] == [p.entry() for p in received.inputs]
    named = dict(zip((port.name for port in expected.inputs), feeds, strict=True))
    answers = received.predict(named)
    for name, answer in expected.predict(named).items():
        np.testing.assert_allclose(answers[name], answer, atol=1e-6, rtol=0)


def series(*shape):
    values = np.random.default_rng(0).normal(size=shape).astype("float32")
    values[: shape[0] // 2, shape[1] // 2 :] = 0  # what Masking takes for the end of a series
    return values


def recurrent(layer, steps=5):
    import keras

    keras.utils.set_random_seed(0)
    taken = keras.Input((steps, 3), name="series")
    state = layer(keras.layers.Masking()(taken))
    return keras.Model({"series": taken}, keras.layers.Dense(2, name="head")(state))


@pytest.mark.parametrize("variant_of", [with_erf_gelu, plain])
def test_gelu_is_replaced_in_layers_nested_models_and_operations(variant_of):
    import keras
    from keras import layers

    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, activation="gelu"), layers.ReLU()])
    x = keras.Input((4,), name="x")
    y = layers.Activation("gelu")(layers.Dense(4)(inner(x)))
    z = keras.ops.gelu(layers.BatchNormalization()(y), approximate=False)
    model = keras.Model({"x": x}, {"y": y, "z": z})
    variant = variant_of(model)
    assert_equal_answers(model, variant, series(7, 4))
    assert "Erfc" in operations(model)
    assert "Erfc" not in operations(variant)


@pytest.mark.parametrize(("approximate", "form"), [(False, plain_gelu), (True, sigmoid_gelu)])
def test_gelu_in_plain_arithmetic_is_gelu_from_end_to_end(approximate, form):
    import keras

    x = np.concatenate([np.linspace(-12, 12, 100_001), [0, -0.0, 1e4, -1e4, 1e30, -1e30]])
    x = x.astype("float32")
    right = np.asarray(keras.activations.gelu(x, approximate=approximate))
    np.testing.assert_allclose(np.asarray(form(x)), right, atol=1e-6, rtol=5e-7)


def test_gelu_is_replaced_in_a_layer_inside_a_wrapper_and_in_a_cell():
    import keras
    from keras import layers

    model = recurrent(layers.GRU(4, activation="gelu", return_sequences=True))
    head = layers.TimeDistributed(layers.Dense(3, activation="gelu"))(model.output)
    model = keras.Model(model.input, head)
    variant = with_erf_gelu(model)
    assert_equal_answers(model, variant, series(6, 5, 3))
    assert "Erfc" not in operations(variant)


def test_a_model_without_gelu_or_loops_is_its_own_variant():
    import keras

    x = keras.Input((4,))
    y = keras.layers.Dense(4, activation=lambda t: keras.activations.gelu(t, approximate=True))(x)
    model = keras.Model(x, y)
    assert with_erf_gelu(model) is model
    assert unrolled(model) is model


@pytest.mark.parametrize(
    "kind",
    ["lstm", "gru", "gru reset before", "bidirectional", "cells", "time distributed", "backwards"],
)
def test_recurrent_layers_are_unrolled_with_their_masks(kind):
    import keras
    from keras import layers

    made = {
        "lstm": lambda: layers.LSTM(4),
        "gru": lambda: layers.GRU(4),
        "gru reset before": lambda: layers.GRU(4, reset_after=False),
        "bidirectional": lambda: layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
        "cells": lambda: layers.RNN([layers.LSTMCell(4), layers.GRUCell(3)]),
        "time distributed": lambda: layers.TimeDistributed(layers.Dense(2)),
        "backwards": lambda: layers.SimpleRNN(4, go_backwards=True),
    }
    if kind == "time distributed":
        taken = keras.Input((3, 5, 3), name="series")
        state = layers.TimeDistributed(layers.GRU(4))(taken)
        model, feed = keras.Model({"series": taken}, state), series(6, 3, 5, 3)
    else:
        model, feed = recurrent(made[kind]()), series(6, 5, 3)
    variant = unrolled(model)
    assert_equal_answers(model, variant, feed)
    assert "While" in {name.removeprefix("Stateless") for name in operations(model)}
    assert "While" not in {name.removeprefix("Stateless") for name in operations(variant)}


def test_the_mask_of_an_embedding_and_a_shared_layer_in_a_nested_model_stay():
    import keras
    from keras import layers

    inside = keras.Input((6,), dtype="int32")
    lstm = layers.LSTM(4)
    embedded = layers.Embedding(9, 3, mask_zero=True)(inside)
    encoder = keras.Model(inside, lstm(embedded), name="encoder")
    a = keras.Input((6,), name="a", dtype="int32")
    b = keras.Input((6,), name="b", dtype="int32")
    model = keras.Model([a, b], {"near": layers.Dot(1)([encoder(a), encoder(b)])})
    tokens = np.random.default_rng(0).integers(0, 9, (8, 6)).astype("int32")
    tokens[:4, 3:] = 0
    variant = unrolled(model)
    assert_equal_answers(model, variant, tokens, tokens[::-1])
    assert len(variant.weights) == len(model.weights)


def test_the_given_model_stays_as_it_is():
    from keras import layers

    model = recurrent(layers.Bidirectional(layers.GRU(4)))
    before, layer = model.to_json(), model.layers[2]
    unrolled(model)
    assert not layer.forward_layer.unroll
    assert model.to_json() == before


def test_a_layer_of_the_user_with_recurrent_layers_inside_is_unrolled():
    import keras

    @keras.saving.register_keras_serializable("test_variants")
    class Reader(keras.layers.Layer):
        def build(self, shape):
            self.lstm = keras.layers.LSTM(4)
            self.lstm.build(shape)

        def call(self, x):
            return self.lstm(x)

    model = recurrent(Reader())
    variant = unrolled(model)
    assert_equal_answers(model, variant, series(6, 5, 3))
    assert not {"While", "StatelessWhile"} & operations(variant)


def test_an_open_number_of_steps_is_refused():
    from keras import layers

    model = recurrent(layers.Bidirectional(layers.GRU(4), name="reader"), steps=None)
    with pytest.raises(Refused, match=r"`reader` \(Bidirectional\) takes any number of time steps"):
        unrolled(model)


def test_a_model_with_preprocess_inside_is_changed_in_all_its_parts():
    import keras

    from kerascfg.model import learnt_outputs

    lookup = keras.layers.StringLookup(output_mode="one_hot")
    lookup.adapt(np.array(["Bonn", "Oslo", "Oslo"]))
    raw = keras.Input((), dtype="string", name="town")
    preprocess = keras.Model({"town": raw}, {"town": lookup(raw)}, name="preprocess")
    town, past = keras.Input((3,), name="town"), keras.Input((5, 2), name="past")
    state = keras.layers.GRU(3)(past)
    both = keras.layers.Concatenate()([town, state])
    head = keras.layers.Dense(2, activation="gelu", name="head")(both)
    core = keras.Model({"town": town, "past": past}, {"head": head}, name="model")
    entering = {"town": keras.Input((), dtype="string", name="town"), "past": past}
    given = {**preprocess({"town": entering["town"]}), "past": past}
    model = keras.Model(entering, core(given), name="model_served")
    variant = unrolled(with_erf_gelu(model))
    assert learnt_outputs(variant) == learnt_outputs(model)
    assert_equal_answers(model, variant, series(4, 5, 2), np.array(["Bonn", "Oslo", "", "?"]))


def test_the_concrete_function_has_names_and_constants_alone():
    import keras
    import tensorflow as tf

    x = keras.Input((2,), name="x")
    outputs = {"x": keras.layers.Dense(1)(x), "two words": keras.ops.relu(x)}
    model = Servable(keras.Model({"x": x}, outputs))
    function = model.concrete(None)
    assert list(function.structured_input_signature[1]) == ["x"]
    assert [tensor.name for tensor in function.inputs] == ["x:0"]
    assert not function.captured_inputs
    rows = series(3, 2)
    answers = function(x=tf.constant(rows))
    assert list(answers) == ["two words", "x"]
    np.testing.assert_allclose(answers["x"], model.predict({"x": rows})["x"], atol=1e-6)


def test_a_lookup_table_is_no_constant():
    import keras

    town = keras.Input((), name="town", dtype="string")
    index = keras.layers.StringLookup(vocabulary=["Bonn"], name="lookup")(town)
    with pytest.raises(Refused, match="tables"):
        Servable(keras.Model(town, index)).concrete(None)
