"""Functional models of every kind, as people write them in Python."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers, ops


def shared_layers() -> keras.Model:
    """Two texts through one embedding; the layer's calls differ in what they take."""
    title = keras.Input((16,), dtype="int32", name="title")
    body = keras.Input((40,), dtype="int32", name="body")
    embed = layers.Embedding(50, 8, name="embed")
    code = layers.Dense(6, activation="tanh", name="code")
    short = code(layers.GlobalAveragePooling1D()(embed(title)))
    long = code(layers.GlobalAveragePooling1D()(embed(body)))
    merged = layers.Concatenate(name="merged")([short, long])
    return keras.Model([title, body], layers.Dense(3, name="head")(merged))


def several_inputs_and_outputs() -> keras.Model:
    """Inputs by name, outputs by name."""
    facts = keras.Input((4,), name="facts")
    picture = keras.Input((8, 8, 3), name="picture")
    seen = layers.Conv2D(4, (3, 5), strides=2, kernel_regularizer=keras.regularizers.L2(1e-5))(
        picture
    )
    seen = layers.Flatten()(layers.PReLU(shared_axes=[1, 2])(seen))
    known = layers.Dense(5, activation=layers.LeakyReLU(negative_slope=0.1), name="known")(facts)
    joined = layers.Concatenate(name="joined")([known, seen])
    urgent = layers.Dense(1, activation="sigmoid", name="urgent")(joined)
    team = layers.Dense(5, bias_constraint="non_neg", name="team")(joined)
    return keras.Model({"facts": facts, "picture": picture}, {"urgent": urgent, "team": team})


def nested_models() -> keras.Model:
    """A backbone in inference mode, called once, with a Sequential head behind it."""
    inner = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, name="stem")(inner)
    x = layers.BatchNormalization(name="norm")(x)
    backbone = keras.Model(inner, layers.ReLU(name="relu")(x), name="backbone")
    backbone.trainable = False
    picture = keras.Input((8, 8, 3), name="picture")
    head = keras.Sequential(
        [layers.GlobalMaxPooling2D(), layers.Dropout(0.5), layers.Dense(3)], name="head"
    )
    return keras.Model(picture, head(backbone(picture, training=False)))


def nested_shared() -> keras.Model:
    """Siamese towers, each with two outputs."""
    inner = keras.Input((6,))
    code = layers.Dense(5, activation="gelu", name="code")(inner)
    tower = keras.Model(inner, [code, layers.Dense(1, name="weight")(code)], name="tower")
    left, right = keras.Input((6,), name="left"), keras.Input((6,), name="right")
    one, first = tower(left)
    other, second = tower(right)
    apart = layers.Subtract(name="apart")([one, other])
    scaled = layers.Multiply(name="scaled")([apart, layers.Add()([first, second])])
    return keras.Model([left, right], layers.Dense(1, name="same")(scaled))


def states() -> keras.Model:
    """Sequence to sequence: the decoder begins with the encoder's states."""
    source = keras.Input((None, 7), name="source")
    target = keras.Input((None, 9), name="target")
    _, h, c = layers.LSTM(6, return_state=True, name="encoder")(source)
    decoded, *_ = layers.LSTM(6, return_sequences=True, return_state=True, name="decoder")(
        target, initial_state=[h, c]
    )
    return keras.Model([source, target], layers.Dense(9, activation="softmax")(decoded))


def attention() -> keras.Model:
    """Attention with keywords, causal in the one and cross in the other."""
    tokens = keras.Input((12,), dtype="int32", name="tokens")
    memory = keras.Input((5, 8), name="memory")
    x = layers.Embedding(20, 8, mask_zero=True)(tokens)
    own = layers.MultiHeadAttention(2, 4, dropout=0.1, name="own")(x, x, use_causal_mask=True)
    x = layers.LayerNormalization(epsilon=1e-6)(x + own)
    cross = layers.MultiHeadAttention(num_heads=2, key_dim=4, name="cross")(
        query=x, value=memory, key=memory
    )
    return keras.Model([tokens, memory], layers.Add()([x, cross]))


def operations() -> keras.Model:
    """Slices, arithmetic, reshapes, lists."""
    x = keras.Input((4, 6), name="x")
    first, rest = x[:, 0], x[:, 1:, ..., ::2]
    scaled = ops.multiply(first, 0.125) + 1.0
    flipped = 2.0 - ops.reshape(rest, (-1, 9))
    joined = ops.concatenate([scaled, flipped], axis=1)
    low, _, high = ops.split(joined, 3, axis=-1)
    product = ops.einsum("bi,bj->bij", low[:, :3], high[:, :3])
    pooled = ops.mean(ops.relu(product), axis=[1, 2], keepdims=True)
    return keras.Model(x, ops.squeeze(ops.transpose(pooled, (0, 2, 1)), axis=-1) / 3)


def wrappers() -> keras.Model:
    """A model for each frame, then recurrent layers of all kinds."""
    frame = keras.Input((6, 6, 1), name="frame")
    seen = layers.Flatten()(layers.Conv2D(2, 3, name="conv")(frame))
    each_frame = keras.Model(frame, seen, name="each_frame")
    film = keras.Input((5, 6, 6, 1), name="film")
    x = layers.TimeDistributed(each_frame, name="frames")(film)
    x = layers.Bidirectional(layers.GRU(4, return_sequences=True, dropout=0.1), name="both")(x)
    x = layers.TimeDistributed(layers.Dense(3, activation="relu"))(x)
    cells = [layers.LSTMCell(4), layers.GRUCell(3, reset_after=False)]
    x, (h, _), last = layers.RNN(layers.StackedRNNCells(cells), return_state=True, name="cells")(x)
    return keras.Model(film, layers.Concatenate()([x, h, last]))


def sequential() -> keras.Model:
    """A Sequential model with names that YAML's grammar does not take."""
    return keras.Sequential(
        [
            keras.Input((10, 10, 1)),
            layers.Rescaling(1 / 255, name="1.scale"),
            layers.RandomFlip("horizontal"),
            layers.Conv2D(4, 3, padding="same", name="conv-1", kernel_initializer="he_normal"),
            layers.ZeroPadding2D(((1, 0), (0, 2))),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(2, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02)),
        ]
    )


def masks() -> keras.Model:
    """A mask that Keras carries along, and one that is stated."""
    tokens = keras.Input((9,), dtype="int32", name="tokens")
    extra = keras.Input((9, 3), name="extra")
    x = layers.Embedding(11, 6, mask_zero=True, name="embed")(tokens)
    carried = layers.LSTM(5, name="carried")(layers.Dropout(0.1)(x))
    stated = layers.GRU(5, name="stated")(extra, mask=ops.not_equal(tokens, 1))
    masked = layers.Masking(name="masking")(extra)
    both = layers.Bidirectional(layers.LSTM(2), merge_mode="sum", name="both")(masked)
    return keras.Model([tokens, extra], layers.Concatenate()([carried, stated, both]))


MODELS = {
    make.__name__: make
    for make in (
        shared_layers, several_inputs_and_outputs, nested_models, nested_shared, states,
        attention, operations, wrappers, sequential, masks,
    )
}  # fmt: skip


@pytest.fixture(params=MODELS)
def model(request: Any) -> keras.Model:
    """One model of each kind."""
    return MODELS[request.param]()
