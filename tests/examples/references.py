"""Networks of `examples/models` in plain Keras, written from their publications."""

from __future__ import annotations

from typing import Any


def conditional_autoencoder() -> Any:
    from keras import Input, Model, layers, ops

    image, label = Input((28, 28, 1)), Input((), dtype="int32")
    told = ops.one_hot(label, 10)
    code = layers.concatenate([layers.Flatten()(image), told])
    code = layers.Dense(16)(layers.Dense(256, "relu")(code))
    seen = layers.Dense(256, "relu")(layers.concatenate([code, told]))
    return Model([image, label], layers.Dense(784, "sigmoid")(seen))


def convmixer() -> Any:
    """ConvMixer-1536/20, patches of 7, kernels of 9; the paper's 51.6 million are trainable."""
    from keras import Input, Model, layers

    entering = Input((224, 224, 3))
    x = layers.BatchNormalization()(layers.Conv2D(1536, 7, 7, activation="gelu")(entering))
    for _ in range(20):
        near = layers.DepthwiseConv2D(9, padding="same", activation="gelu")(x)
        x = layers.add([x, layers.BatchNormalization()(near)])
        x = layers.BatchNormalization()(layers.Conv2D(1536, 1, activation="gelu")(x))
    model = Model(entering, layers.Dense(1000)(layers.GlobalAveragePooling2D()(x)))
    trainable = sum(weight.value.shape.num_elements() for weight in model.trainable_weights)
    assert round(trainable / 1e6, 1) == 51.6
    return model


def seq2seq() -> Any:
    from keras import Input, Model, layers

    source, target = Input((None, 71)), Input((None, 93))
    _, *state = layers.LSTM(256, return_state=True)(source)
    said = layers.LSTM(256, return_sequences=True)(target, initial_state=state)
    return Model([source, target], layers.Dense(93, "softmax")(said))


def text_transformer() -> Any:
    from keras import Input, Model, layers

    entering = Input((200,), dtype="int32")
    positions = layers.Embedding(200, 32)  # one vector for each of 200 positions
    x = layers.add([layers.Embedding(20000, 32)(entering), positions(entering)])
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 32)(x, x))
    x = layers.LayerNormalization()(x + layers.Dense(32)(layers.Dense(32, "relu")(x)))
    x = layers.Dense(20, "relu")(layers.GlobalAveragePooling1D()(x))
    return Model(entering, layers.Dense(2, "softmax")(x))


def unet() -> Any:
    """U-Net from one channel to one: 64 to 1024 filters, learned upsampling of 2 by 2."""
    from keras import Input, Model, layers

    def double(x: Any, filters: int) -> Any:
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        return x

    entering = Input((256, 256, 1))
    x, seen = entering, []
    for filters in (64, 128, 256, 512):
        seen.append(double(x, filters))
        x = layers.MaxPooling2D()(seen[-1])
    x = double(x, 1024)
    for filters in (512, 256, 128, 64):
        x = layers.Conv2DTranspose(filters, 2, 2)(x)
        x = double(layers.concatenate([seen.pop(), x]), filters)
    return Model(entering, layers.Conv2D(1, 1)(x))


def variable_selection() -> Any:
    """The two networks of the Temporal Fusion Transformer over 40 numbers, 16 units wide."""
    from keras import Input, Model, layers

    def gated_residual(x: Any) -> Any:
        y = layers.Dense(16)(layers.Dense(16, "elu")(x))
        y = layers.multiply([layers.Dense(16)(y), layers.Dense(16, "sigmoid")(y)])
        x = x if x.shape[-1] == 16 else layers.Dense(16)(x)
        return layers.LayerNormalization()(x + y)

    columns = [Input((1,)) for _ in range(40)]
    embedded = [layers.Dense(16)(column) for column in columns]
    shares = layers.Dense(40, "softmax")(gated_residual(layers.concatenate(embedded)))
    refined = layers.concatenate([layers.Reshape((1, 16))(gated_residual(x)) for x in embedded], 1)
    return Model(columns, layers.Dense(1, "sigmoid")(layers.Dot(1)([shares, refined])))


def wavenet() -> Any:
    """WaveNet over 256 levels: three times dilations of 1 to 512, 32 channels."""
    from keras import Input, Model, layers

    def causal(x: Any, dilation: int = 1, activation: Any = None) -> Any:
        layer = layers.Conv1D(32, 2, padding="causal", dilation_rate=dilation)
        return layers.Activation(activation)(layer(x))

    entering = Input((None, 256))
    x, skips = causal(entering), []
    for dilation in [2**power for power in range(10)] * 3:
        gate = causal(x, dilation, "sigmoid")
        gated = layers.multiply([causal(x, dilation, "tanh"), gate])
        skips.append(layers.Conv1D(32, 1)(gated))
        x = layers.add([x, layers.Conv1D(32, 1)(gated)])
    x = layers.Conv1D(256, 1, activation="relu")(layers.ReLU()(layers.add(skips)))
    return Model(entering, layers.Conv1D(256, 1, activation="softmax")(x))
