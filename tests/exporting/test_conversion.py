"""The targets that another backend of Keras converts, on models of every usual kind."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

import kerascfg
from kerascfg.exporting import export_run
from kerascfg.exporting.conversion import refuse_lacking
from kerascfg.exporting.target import Refused, build_target
from kerascfg.exporting.tools import missing_tools
from kerascfg.exporting.torch_graph import reason


def made_by(tool: str, *targets: str):
    """Parameters of a test that needs a tool: it is made on request."""
    made = missing_tools([tool]) is None
    reason = f"the tool is not made: kerascfg doctor --make {tool}"
    return pytest.param(targets, marks=pytest.mark.skipif(not made, reason=reason), id=tool)


def test_the_reason_is_pytorchs_without_its_advice():
    message = (
        "Constraints violated (L['feeds']['tokens'].size()[0])! For more information, run with "
        'TORCH_LOGS="+dynamic".\n'
        "  - You marked L['feeds']['tokens'].size()[0] as dynamic but your code specialized it to "
        "be a constant (2). If you're using mark_dynamic, either remove it ...\n"
    )
    assert reason(message) == (
        "You marked L['feeds']['tokens'].size()[0] as dynamic but your code specialized it to be a "
        "constant (2)"
    )


@pytest.mark.slow
def test_layers_that_are_tensorflows_alone_are_refused_by_name_with_the_way_out():
    import keras

    from kerascfg.exporting.servable import Servable

    city = keras.Input((), name="city", dtype="string")
    found = keras.layers.StringLookup(vocabulary=["Bonn"], output_mode="one_hot", name="look")(city)
    model = keras.Model({"city": city}, keras.layers.Dense(3)(found))
    with pytest.raises(Refused) as caught:
        refuse_lacking(Servable(model), build_target("torch", "export.torch"))
    message = str(caught.value)
    assert "`look` (StringLookup), `city` (an input of texts)" in message
    assert "model.preprocess" in message


def image_model(keras):
    """A CNN with GELU, of the layers that Keras runs in the order "channels last"."""
    layers = keras.layers
    image = keras.Input((12, 12, 3), name="image")
    x = layers.Conv2D(6, 3, padding="same", activation="gelu", name="conv")(image)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.MaxPooling2D(name="pool")(x)
    x = layers.DepthwiseConv2D(3, strides=2, padding="same", name="depth")(x)
    x = layers.Flatten(name="flat")(layers.Conv2D(4, 3, activation="relu", name="conv2")(x))
    head = layers.Dense(4, activation="softmax", name="head")(x)
    images = np.random.default_rng(0).random((5, 12, 12, 3), "float32")
    return keras.Model({"image": image}, head), {"image": images}


def sequence_model(keras):
    """Two inputs, two outputs; masked GRU both ways, LSTM, attention; a name with a space."""
    layers = keras.layers
    tokens = keras.Input((5,), name="tokens", dtype="int32")
    series = keras.Input((4, 3), name="two words")
    x = layers.Embedding(9, 4, mask_zero=True, name="embedding")(tokens)
    gru = layers.Bidirectional(layers.GRU(3, name="gru"), name="both")(x)
    lstm = layers.LSTM(3, return_sequences=True, name="lstm")(series)
    attended = layers.MultiHeadAttention(2, 3, name="attention")(lstm, lstm)
    block = layers.LayerNormalization(name="norm")(layers.Add(name="add")([lstm, attended]))
    mean = layers.GlobalAveragePooling1D(name="mean")(block)
    outputs = {"zulu": layers.Dense(2, name="a")(gru), "alpha": layers.Dense(1, name="z")(mean)}
    random = np.random.default_rng(0)
    words = random.integers(1, 9, (5, 5)).astype("int32")
    words[1, 3:] = 0
    values = random.normal(size=(5, 4, 3)).astype("float32")
    model = keras.Model({"tokens": tokens, "two words": series}, outputs)
    return model, {"tokens": words, "two words": values}


@pytest.mark.slow
@pytest.mark.parametrize(
    "targets", [made_by("torch", "torch", "executorch"), made_by("jax", "stablehlo")]
)
@pytest.mark.parametrize("make", [image_model, sequence_model])
def test_models_answer_in_other_runtimes_as_in_keras(make_run, make, targets, tmp_path):
    import keras

    keras.utils.set_random_seed(0)
    deliveries = export_run(make_run(*make(keras)), {name: name for name in targets})
    for delivery in deliveries:
        assert delivery.status == "delivered", (delivery.target, delivery.reason)
        assert delivery.max_abs_diff is not None
        assert delivery.max_abs_diff <= 1e-5
        assert delivery.inputs[0].shape[0] == (1 if delivery.target == "executorch" else None)
    assert_without_places(tmp_path / "run")


def assert_without_places(run):
    """Hold what is delivered to naming neither where kerascfg lies, nor its packages, nor a run."""
    places = (Path(kerascfg.__file__).parents[1], Path(np.__file__).parents[1], run, Path.home())
    for file in (file for file in (run / "exports").rglob("*") if file.is_file()):
        content = file.read_bytes()
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                content += b"".join(archive.read(name) for name in archive.namelist())
        assert not [place for place in places if str(place).encode() in content], file


@pytest.mark.slow
@pytest.mark.parametrize("targets", [made_by("torch", "torch")])
def test_a_loop_over_any_number_of_steps_is_refused(make_run, targets):
    import keras

    series = keras.Input((None, 3), name="series")
    model = keras.Model({"series": series}, keras.layers.LSTM(2, name="lstm")(series))
    samples = np.zeros((3, 4, 3), "float32")
    (delivery,) = export_run(make_run(model, {"series": samples}), {name: name for name in targets})
    assert delivery.status == "refused"
    assert "`lstm` (LSTM) takes any number of time steps" in delivery.reason
