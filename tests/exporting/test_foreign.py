"""What is somebody's own in a model, and what its errors mean with another backend of Keras."""

import pytest

from kerascfg.exporting.foreign import errors_of

pytestmark = pytest.mark.slow


def shout(x):
    return 2 * x


def model_with(layer):
    import keras

    x = keras.Input((4,), name="x")
    return keras.Model({"x": x}, keras.layers.Dense(2, name="head")(layer(x)))


def test_of_layers_that_know_the_backends_runtime_errors_alone_are_an_answer():
    from kerascfg.layers import LayerScale

    assert errors_of(model_with(LayerScale(0.5))) == (RuntimeError,)


def test_somebodys_function_may_raise_anything():
    import keras

    assert errors_of(model_with(keras.layers.Activation(shout))) == (Exception,)
