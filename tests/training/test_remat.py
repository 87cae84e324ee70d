"""What is computed again for the gradient gives the same gradient."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def model_with(layers):
    import keras

    keras.utils.set_random_seed(1)
    entry = keras.Input((6, 4))
    value = entry
    for layer in layers():
        value = layer(value)
    pooled = keras.layers.GlobalAveragePooling1D()(value)
    model = keras.Model(entry, keras.layers.Dense(2, name="head")(pooled))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model


def trained(layers, remat):
    from contextlib import nullcontext

    from kerascfg.training.remat import rematerialised

    random = np.random.default_rng(0)
    x, y = random.random((16, 6, 4), "float32"), random.random((16, 2), "float32")
    model = model_with(layers)
    with rematerialised(model) if remat else nullcontext([]) as paths:
        model.fit(x, y, batch_size=8, epochs=2, verbose=0, shuffle=False)
    return [np.asarray(v) for v in model.variables], paths


def attention():
    import keras

    class Attend(keras.layers.Layer):
        """Attends to itself, its tensors passed by name."""

        def __init__(self):
            super().__init__(name="attend")
            self.inner = keras.layers.MultiHeadAttention(2, 4)

        def build(self, shape):
            self.inner.build(shape, shape)

        def call(self, x):
            return self.inner(query=x, value=x)

    return [Attend(), keras.layers.Dense(8, activation="gelu", name="wide")]


def mixed():
    import keras

    return [
        keras.layers.Dense(8, activation="gelu", name="wide"),
        keras.layers.Dropout(0.5, seed=3, name="drop"),
        keras.layers.BatchNormalization(name="norm"),
    ]


def half():
    import keras

    return [keras.layers.Dense(8, activation="gelu", name="wide", dtype="mixed_bfloat16")]


@pytest.mark.parametrize("layers", [attention, mixed, half])
def test_the_weights_are_those_of_a_training_that_keeps_everything(layers):
    kept, _ = trained(layers, remat=False)
    again, paths = trained(layers, remat=True)
    assert "wide" in paths
    for one, other in zip(kept, again, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def test_layers_that_would_compute_something_else_again_are_left_alone():
    _, paths = trained(mixed, remat=True)
    assert not {"drop", "norm"} & set(paths)
