"""What Keras's functional API offers beyond plain stacks, told in YAML."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml

from kerascfg.model import build_model, check_model

pytestmark = pytest.mark.slow


def built(text: str) -> Any:
    config = yaml.safe_load(text)
    assert check_model(config) == []
    return build_model(config, {})


def same_outputs(model: Any, other: Any, *inputs: Any) -> None:
    other.set_weights(model.get_weights())
    for one, two in zip(np.atleast_1d(model(*inputs)), np.atleast_1d(other(*inputs)), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_bidirectional_layer_has_a_backward_layer_of_its_own():
    model = built(
        """
        inputs: {x: {shape: [5, 3]}}
        layers:
          both:
            type: Bidirectional
            layer: {type: LSTM, units: 4}
            backward_layer: {type: GRU, units: 4, go_backwards: true}
        """
    )
    layer = model.get_layer("both")
    kinds = type(layer.forward_layer).__name__, type(layer.backward_layer).__name__
    assert (kinds, model.output_shape) == (("LSTM", "GRU"), (None, 8))


@pytest.mark.parametrize(
    "cell",
    [
        "{type: StackedRNNCells, cells: [{type: LSTMCell, units: 4}, {type: GRUCell, units: 2}]}",
        "[{type: LSTMCell, units: 4}, {type: GRUCell, units: 2}]",
    ],
)
def test_cells_are_stacked_and_all_their_states_can_be_picked(cell: str):
    model = built(
        f"""
        inputs: {{x: {{shape: [5, 3]}}}}
        layers:
          rnn: {{type: RNN, cell: {cell}, return_state: true}}
          all: {{type: Concatenate, inputs: [rnn.0, rnn.1.0, rnn.1.1, rnn.2]}}
        """
    )
    assert model.output_shape == (None, 2 + 4 + 4 + 2)


def test_a_mask_passes_from_an_embedding_through_layers_to_a_recurrent_one():
    model = built(
        """
        inputs: {tokens: {shape: [null], dtype: int32}}
        layers:
          embed: {type: Embedding, input_dim: 9, output_dim: 3, mask_zero: true}
          drop: {type: Dropout, rate: 0.1}
          rnn: {type: LSTM, units: 4}
        """
    )
    short, padded = np.array([[3, 4]]), np.array([[3, 4, 0, 0]])
    np.testing.assert_allclose(model(short), model(padded), atol=1e-6)


def test_masking_hides_time_steps_from_a_recurrent_layer():
    model = built(
        """
        inputs: {x: {shape: [null, 2]}}
        layers: {mask: {type: Masking, mask_value: -1.0}, rnn: {type: GRU, units: 4}}
        """
    )
    steps = np.ones((1, 3, 2), "float32")
    padded = np.concatenate([steps, -np.ones((1, 2, 2), "float32")], axis=1)
    np.testing.assert_allclose(model(steps), model(padded), atol=1e-6)


def test_attention_takes_keywords_and_call_arguments():
    import keras

    model = built(
        """
        inputs: {x: {shape: [4, 6]}}
        layers:
          attend:
            type: MultiHeadAttention
            inputs: {query: x, value: x, key: x}
            num_heads: 2
            key_dim: 3
            call: {use_causal_mask: true}
        """
    )
    x = keras.Input((4, 6))
    attend = keras.layers.MultiHeadAttention(2, 3)
    expected = keras.Model(x, attend(query=x, value=x, key=x, use_causal_mask=True))
    same_outputs(model, expected, np.random.default_rng(1).normal(size=(2, 4, 6)).astype("float32"))


def test_operations_reshape_calculate_and_slice():
    model = built(
        """
        inputs: {x: {shape: [4, 6]}}
        layers:
          heads: {op: reshape, newshape: [-1, 4, 2, 3]}
          swapped: {op: transpose, axes: [0, 2, 1, 3]}
          first: {op: get_item, key: "[:, 0]"}
          scaled: {op: multiply, inputs: [first, 0.5]}
          shifted: {op: subtract, inputs: [1.0, scaled]}
          mean: {op: mean, axis: [1, 2], keepdims: false}
        """
    )
    x = np.random.default_rng(1).normal(size=(2, 4, 6)).astype("float32")
    first = x.reshape(2, 4, 2, 3).transpose(0, 2, 1, 3)[:, 0]
    np.testing.assert_allclose(model(x), (1.0 - 0.5 * first).mean((1, 2)), rtol=1e-5)


def test_wrappers_hold_layers_and_spectral_normalization_trains():
    model = built(
        """
        inputs: {x: {shape: [3, 8, 8, 1]}}
        layers:
          frames:
            type: TimeDistributed
            layer:
              type: SpectralNormalization
              layer: {type: Conv2D, filters: 2, kernel_size: 3}
          flat: Flatten
          head: {type: Dense, units: 1}
        """
    )
    model.compile("sgd", "mse")
    images = np.ones((2, 3, 8, 8, 1), "float32")
    assert np.isfinite(model.train_on_batch(images, np.ones((2, 1))))


def test_a_layer_of_keras_hub_is_named_by_its_dotted_name():
    pytest.importorskip("keras_hub", reason="KerasHub is not installed")
    model = built(
        """
        inputs: {x: {shape: [4, 6]}}
        layers:
          encode: {type: keras_hub.layers.TransformerEncoder, intermediate_dim: 8, num_heads: 2}
        """
    )
    assert model.output_shape == (None, 4, 6)
