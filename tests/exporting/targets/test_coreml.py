import json
import sys

import numpy as np
import pytest

from kerascfg.exporting.target import Refused, build_target

pytest.importorskip("coremltools", reason="the extra `coreml` is not installed")
pytestmark = pytest.mark.slow

keras = pytest.importorskip("keras")
layers = keras.layers
RANDOM = np.random.default_rng(0)
ROWS = 3


def normal(*shape):
    return RANDOM.normal(size=(ROWS, *shape)).astype("float32")


def answered(model, feeds, folder, quantize=None):
    """Return Keras's answers and those of the package's program, by output."""
    from kerascfg.exporting.servable import Servable
    from kerascfg.exporting.targets.coreml import Evaluated, convert

    for weight in model.trainable_variables:
        weight.assign_add(RANDOM.normal(size=weight.shape) * 0.1)
    servable = Servable(model)
    expected = servable.predict(feeds)
    convert(servable, folder, quantize=quantize, max_drop=None)
    artefact = Evaluated(folder)
    assert {port.name for port in artefact.inputs} == set(feeds)
    rows = [
        artefact({name: array[i : i + 1] for name, array in feeds.items()}) for i in range(ROWS)
    ]
    return expected, {name: np.concatenate([row[name] for row in rows]) for name in expected}


def largest(expected, made):
    """Return the largest difference over all outputs."""
    for name, answers in expected.items():
        assert made[name].shape == answers.shape, name
    return max(np.abs(made[name] - answers).max() for name, answers in expected.items())


def test_every_way_through_an_image_answers_as_keras(tmp_path):
    image = keras.Input((8, 8, 4), name="image", dtype="uint8")
    x = layers.Rescaling(1 / 255)(image)
    ways = {
        "strided": layers.Conv2D(3, 3, strides=2, padding="same", activation="gelu"),
        "dilated": layers.Conv2D(3, 3, dilation_rate=2, activation="silu"),
        "grouped": layers.Conv2D(4, 3, groups=2),
        "depthwise": layers.DepthwiseConv2D(3, strides=2, padding="same"),
        "transposed": layers.Conv2DTranspose(3, 3, strides=2, padding="same"),
        "transposed.valid": layers.Conv2DTranspose(3, 3, strides=2),
        "max": layers.MaxPooling2D(3, 2, padding="same"),
        "average": layers.AveragePooling2D(3, 2, padding="same"),
        "nearest": layers.UpSampling2D(2),
        "bilinear": layers.UpSampling2D(2, interpolation="bilinear"),
        "resized": layers.Resizing(5, 11),
        "normal": layers.GroupNormalization(2),
    }
    model = keras.Model({"image": image}, {name: layer(x) for name, layer in ways.items()})
    images = RANDOM.integers(0, 256, (ROWS, 8, 8, 4)).astype("uint8")
    assert largest(*answered(model, {"image": images}, tmp_path)) <= 1e-5


def test_recurrent_layers_are_written_out_with_their_mask(tmp_path):
    words = keras.Input((4,), name="words", dtype="int32")
    x = layers.Embedding(10, 3, mask_zero=True)(words)
    x = layers.Bidirectional(layers.GRU(3, return_sequences=True))(x)
    model = keras.Model({"words": words}, layers.Dense(2, name="head")(layers.LSTM(3)(x)))
    texts = np.array([[3, 4, 0, 0], [1, 2, 3, 4], [0, 0, 0, 0]], "int32")
    assert largest(*answered(model, {"words": texts}, tmp_path)) <= 1e-5


def attention():
    words = keras.Input((4,), name="words", dtype="int32")
    x = layers.Embedding(50, 16, mask_zero=True)(words)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 8)(x, x))
    x = x + layers.Dense(16, activation="gelu")(x)
    return keras.Model({"words": words}, layers.Dense(2, name="head")(layers.Flatten()(x)))


@pytest.mark.parametrize(
    ("quantize", "least", "most"),
    [("float16", 1e-6, 1e-2), ("weights_int8", 1e-5, 5e-2), ("weights_int4", 1e-4, 0.3)],
)
def test_attention_is_quantised_and_its_mask_has_room_in_float16(tmp_path, quantize, least, most):
    assert build_target({"type": "coreml", "quantize": quantize}, "export.x").tolerance == most
    texts = np.array([[3, 4, 0, 0], [1, 2, 3, 4], [0, 0, 0, 0]], "int32")
    difference = largest(*answered(attention(), {"words": texts}, tmp_path, quantize))
    assert least < difference <= most


def test_nothing_to_quantise_is_a_refusal(tmp_path):
    x = keras.Input((4,), name="x")
    model = keras.Model({"x": x}, layers.Dense(2, name="head")(x))
    with pytest.raises(Refused, match="weights_int8 reduces nothing; deliver it in float32"):
        answered(model, {"x": normal(4)}, tmp_path, "weights_int8")


def test_an_operation_that_the_converter_lacks_is_named(tmp_path):
    x = keras.Input((3, 3), name="x")
    model = keras.Model({"x": x}, keras.ops.cholesky(x))
    with pytest.raises(Refused, match=r"^Core ML has no operation for TensorFlow's Cholesky$"):
        answered(model, {"x": np.tile(np.eye(3, dtype="float32"), (ROWS, 1, 1))}, tmp_path)


def test_a_size_left_open_is_refused_with_the_way_out(tmp_path):
    x = keras.Input((None, 3), name="x")
    model = keras.Model({"x": x}, layers.GlobalAveragePooling1D(name="head")(x))
    with pytest.raises(Refused, match=r"`x` takes any size \(any, 3\); give the model's input a"):
        answered(model, {"x": normal(5, 3)}, tmp_path)


def test_a_table_with_gaps_is_delivered_by_a_process_without_tensorflow(make_run):
    from kerascfg.exporting import export_run

    age, city = keras.Input((), name="age"), keras.Input((), name="city", dtype="int64")
    filled = keras.ops.expand_dims(keras.ops.nan_to_num(age), -1)
    town = layers.CategoryEncoding(3, output_mode="one_hot")(city)
    joined = layers.Concatenate()([filled, town])
    heads = {name: layers.Dense(2, name=name)(joined) for name in ("wage", "rent")}
    model = keras.Model({"age": age, "city": city}, heads)
    run = make_run(
        model, {"age": np.array([30, np.nan, 50], "float32"), "city": np.array([0, 2, 1])}
    )
    (delivery,) = export_run(run, {"coreml": "coreml"})
    assert delivery.status == "delivered", delivery.reason
    assert delivery.max_abs_diff is not None and delivery.max_abs_diff <= 1e-5
    assert {port.name for port in delivery.outputs} == {"wage", "rent"}
    if sys.platform != "darwin":
        assert any("Core ML itself runs on macOS only" in note for note in delivery.notes)
        assert delivery.latency_ms is None  # NumPy's time says nothing about Core ML's


def test_the_package_says_what_the_run_knows(tmp_path):
    import coremltools

    from kerascfg.exporting.servable import Servable
    from kerascfg.exporting.targets.coreml import convert

    x = keras.Input((4,), name="x")
    servable = Servable(keras.Model({"x": x}, layers.Dense(2, name="my.head")(x)))
    servable.metadata = {"labels": json.dumps({"my.head": ["bad", "gut"]})}
    convert(servable, tmp_path, quantize=None, max_drop=None)
    package = coremltools.models.MLModel(str(tmp_path / "model.mlpackage"), skip_model_load=True)
    assert package.user_defined_metadata["kerascfg.labels"] == '{"my.head": ["bad", "gut"]}'
    (output,) = package.get_spec().description.output
    assert output.name == "my_head"


def test_what_is_kept_from_float16_is_computed_in_float32():
    from functools import partial

    from kerascfg.exporting.layers import parts_by_layer
    from kerascfg.exporting.mil_reducing import reducing
    from kerascfg.exporting.servable import Servable
    from kerascfg.exporting.targets.coreml import program

    x = keras.Input((4,), name="x")
    hidden = layers.Dense(8, activation="relu", name="hidden")(x)
    servable = Servable(keras.Model({"x": x}, layers.Dense(2, name="head")(hidden)))
    makes = partial(program, servable.concrete(1), servable.inputs, ["head"])
    reduce, scopes = reducing("float16", makes)

    def halves(kept):
        return str(reduce(kept).get_spec().mlProgram).count("FLOAT16")

    everything = halves(frozenset())
    parts = parts_by_layer(scopes(), servable.model)
    assert {"hidden", "head"} <= parts.keys()
    assert halves(frozenset(scopes())) < halves(parts["hidden"]) < everything


def test_an_operation_that_cannot_be_evaluated_is_refused_with_the_way_out(tmp_path):
    import coremltools as ct
    from coremltools.converters.mil import Builder

    from kerascfg.exporting.mil import Program

    @Builder.program(input_specs=[Builder.TensorSpec((1, 2))], opset_version=ct.target.iOS16)
    def program(x):
        noise = Builder.random_normal(shape=np.array([1, 2], "int32"), mean=0.0, stddev=1.0)
        return Builder.add(x=x, y=noise, name="y")

    package = ct.convert(program, convert_to="mlprogram", minimum_deployment_target=ct.target.iOS16)
    package.save(str(tmp_path / "model.mlpackage"))
    with pytest.raises(Refused, match=r"operation random_normal of the program .* export on macOS"):
        Program(tmp_path / "model.mlpackage")
