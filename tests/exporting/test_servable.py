import numpy as np
import pytest

from kerascfg.errors import RunError
from kerascfg.exporting.servable import Servable, load_servable, served_names, unique


def test_names_that_a_program_could_use_stay():
    assert served_names(["image", "x_1", "Age"]) == {"image": "image", "x_1": "x_1", "Age": "Age"}


@pytest.mark.parametrize(
    ("name", "served"),
    [
        ("fixed acidity", "fixed_acidity"),
        ("a.b-c/d", "a_b_c_d"),
        ("Größe", "Gr__e"),
        ("1st", "input_1st"),
        ("_x", "input__x"),
        ("class", "input_class"),
        ("self", "input_self"),
    ],
)
def test_other_names_become_such(name, served):
    assert served_names([name]) == {name: served}


def test_names_that_become_equal_are_numbered():
    assert list(served_names(["a b", "a-b"]).values()) == ["a_b", "a_b_1"]
    assert unique(["head", "head", "head_1"]) == ["head", "head_1", "head_1_1"]


@pytest.mark.slow
def test_a_single_tensor_goes_by_the_names_of_input_and_layer():
    import keras

    image = keras.Input((2,), name="image")
    model = Servable(keras.Model(image, keras.layers.Dense(3, name="head")(image)))
    assert [(port.name, port.shape, port.dtype) for port in model.inputs] == [
        ("image", (None, 2), "float32")
    ]
    answer = model.predict({"image": np.ones((2, 2), "float32")})
    assert {name: value.shape for name, value in answer.items()} == {"head": (2, 3)}


@pytest.mark.slow
def test_outputs_in_a_list_go_by_the_names_of_their_layers():
    import keras

    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    outputs = [keras.layers.Dense(1, name="left")(a), keras.layers.Dense(2, name="right")(b)]
    model = Servable(keras.Model([a, b], outputs))
    answer = model({"b": np.ones((1, 2)), "a": np.ones((1, 2))})
    assert {name: value.shape[-1] for name, value in answer.items()} == {"left": 1, "right": 2}


@pytest.mark.slow
def test_a_model_that_does_not_say_what_it_takes_is_refused():
    import keras

    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    with pytest.raises(RunError, match="functional or sequential"):
        Servable(Own())


@pytest.mark.slow
def test_a_damaged_model_file_says_so(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"torn")
    with pytest.raises(RunError, match=r"model.keras cannot be read"):
        load_servable(tmp_path)
