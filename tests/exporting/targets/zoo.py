"""Tiny models of the kinds that formats differ in, each with what to feed it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from kerascfg.exporting.asking import ask
from kerascfg.exporting.calibration import Calibration
from kerascfg.exporting.servable import Servable

Case = tuple[Any, dict[str, np.ndarray]]


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def series(*shape: int) -> np.ndarray:
    """Return series of which the first half ends early, in zeros."""
    values = numbers(*shape)
    values[: shape[0] // 2, shape[1] // 2 :] = 0
    return values


def tokens(count: int, length: int) -> np.ndarray:
    values = np.random.default_rng(0).integers(1, 11, (count, length)).astype("int32")
    values[: count // 2, length // 2 :] = 0
    return values


def cnn() -> Case:
    from keras import Input, Model, layers

    image = Input((8, 8, 3), name="image", dtype="uint8")
    x = layers.Rescaling(1 / 255)(image)
    x = layers.Conv2D(4, 3, padding="same", activation="gelu")(x)
    x = layers.MaxPooling2D()(layers.BatchNormalization()(x))
    head = layers.Dense(3, activation="softmax", name="head")(layers.Flatten()(x))
    images = np.random.default_rng(0).integers(0, 255, (9, 8, 8, 3)).astype("uint8")
    return Model({"image": image}, head), {"image": images}


def lstm() -> Case:
    from keras import Input, Model, layers

    past = Input((6, 3), name="past")
    head = layers.Dense(2, name="head")(layers.LSTM(4)(layers.LSTM(5, return_sequences=True)(past)))
    return Model({"past": past}, head), {"past": numbers(9, 6, 3)}


def masked_gru() -> Case:
    from keras import Input, Model, layers

    words = Input((None,), name="words", dtype="int32")
    state = layers.GRU(4)(layers.Embedding(11, 4, mask_zero=True)(words))
    return Model({"words": words}, layers.Dense(2, name="head")(state)), {"words": tokens(9, 8)}


def bidirectional() -> Case:
    from keras import Input, Model, layers

    past = Input((None, 3), name="past")
    both = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(layers.Masking()(past))
    return Model({"past": past}, layers.Dense(2, name="head")(both)), {"past": series(9, 6, 3)}


def transformer() -> Case:
    from keras import Input, Model, layers

    words = Input((None,), name="words", dtype="int32")
    x = layers.Embedding(11, 4, mask_zero=True)(words)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 2)(x, x))
    x = layers.LayerNormalization()(x + layers.Dense(4)(layers.Dense(8, activation="gelu")(x)))
    head = layers.Dense(2, name="head")(layers.GlobalAveragePooling1D()(x))
    return Model({"words": words}, head), {"words": tokens(9, 8)}


def several() -> Case:
    """Several inputs and outputs, with numbers cut into ranges and a normalization with state."""
    from keras import Input, Model, layers

    age, marks = Input((1,), name="body age"), Input((3,), name="marks")
    scaled = layers.Normalization()
    scaled.adapt(3 + 2 * numbers(50, 3))
    ranges = layers.Discretization(bin_boundaries=[-0.5, 0.5], output_mode="one_hot")(age)
    x = layers.Dense(5, activation="silu")(layers.Concatenate()([ranges, scaled(marks)]))
    ends = {"left": layers.Dense(1)(x), "right side": layers.Softmax()(layers.Dense(3)(x))}
    fed = {"body_age": numbers(9, 1), "marks": numbers(9, 3)}
    return Model({"body age": age, "marks": marks}, ends), fed


ZOO: Mapping[str, Callable[[], Case]] = {
    "cnn": cnn,
    "lstm": lstm,
    "masked gru": masked_gru,
    "bidirectional": bidirectional,
    "transformer": transformer,
    "several": several,
}


def table() -> tuple[Any, dict[str, np.ndarray]]:
    """Return a served model of kerascfg's kind whose `preprocess` looks a text up."""
    from keras import Input, Model, layers

    lookup = layers.StringLookup(output_mode="one_hot", name="town_code")
    lookup.adapt(np.array(["Bonn", "Oslo", "Oslo"]))
    raw = Input((), dtype="string", name="town")
    preprocess = Model({"town": raw}, {"town_code": lookup(raw)}, name="preprocess")
    code, size = Input((3,), name="town_code"), Input((2,), name="size")
    head = layers.Dense(2, name="head")(layers.Concatenate()([code, size]))
    core = Model({"town_code": code, "size": size}, {"head": head}, name="model")
    entering = {"size": Input((2,), name="size"), "town": Input((), dtype="string", name="town")}
    given = {**preprocess({"town": entering["town"]}), "size": entering["size"]}
    served = Model(entering, dict(core(given)), name="model_served")
    towns = np.array(["Bonn", "Oslo", "", "?", "Oslo"])
    return served, {"town": towns, "size": numbers(5, 2)}


def answers_of(content: bytes, rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what a LiteRT file answers to rows."""
    from kerascfg.exporting.targets.litert import FILE, LiteRT

    with TemporaryDirectory() as folder:
        (Path(folder) / FILE).write_bytes(content)
        return ask(LiteRT(Path(folder)), rows)


def small(model: Any, rows: dict[str, np.ndarray], truth: Any = None) -> Servable:
    truth = {} if truth is None else {"truth": truth}
    return Servable(model, lambda: Calibration(rows, truth))


def with_a_fragile_layer(fragile_too: bool) -> Servable:
    """Return a classifier of which int8 destroys a layer: one weight of each channel is huge.

    What that weight takes is always 0, so that the float model does not suffer.
    """
    import keras

    random = np.random.default_rng(0)
    x = keras.Input((9,), name="x")
    hidden = keras.layers.Dense(32, activation="relu", use_bias=False, name="fragile")(x)
    model = keras.Model({"x": x}, keras.layers.Dense(10, use_bias=False, name="head")(hidden))
    kernel = random.normal(size=(9, 32)).astype("float32")
    kernel[8] = 1e4
    head = random.normal(size=(32, 10)).astype("float32")
    if fragile_too:
        kernel[:, 0], head[0] = 0, 1e4
    model.set_weights([kernel, head])
    rows = random.normal(size=(200, 9)).astype("float32")
    rows[:, 8] = 0
    truth = model.predict(rows, verbose=0).argmax(axis=1).astype("int32")
    return small(model, {"x": rows}, truth)
