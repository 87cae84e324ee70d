from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def adapted(values: Any, **arguments: Any) -> Any:
    import tensorflow as tf

    from kerascfg.layers import FeatureEncoder

    layer = FeatureEncoder(**arguments)
    layer.adapt(tf.data.Dataset.from_tensor_slices(np.asarray(values)).batch(2))
    return layer


def encoded(layer: Any, values: Any) -> np.ndarray:
    import tensorflow as tf

    return np.asarray(layer(tf.constant(values)))


def test_numbers_are_standardised():
    layer = adapted(np.array([1.0, 3.0], "float32"))
    np.testing.assert_allclose(encoded(layer, [1.0, 2.0, 3.0]), [[-1], [0], [1]], rtol=1e-6)


@pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf])
def test_a_missing_number_is_left_out_of_the_mean_and_becomes_it(missing: float):
    layer = adapted(np.array([1.0, missing, 3.0], "float32"))
    np.testing.assert_allclose(encoded(layer, [missing, 3.0]), [[0], [1]], rtol=1e-6)


def test_a_column_that_never_varies_or_is_never_there_becomes_zeros():
    for value in (1e6, np.nan):
        layer = adapted(np.array([value, value], "float32"))
        np.testing.assert_array_equal(encoded(layer, [value, 5.0])[0], [0])


def test_each_value_of_a_vector_is_standardised_by_itself():
    layer = adapted(np.array([[1.0, 10.0], [3.0, 30.0]], "float32"))
    np.testing.assert_allclose(encoded(layer, [[3.0, 10.0]]), [[1, -1]], rtol=1e-6)


def test_texts_get_a_place_each_and_unseen_and_empty_ones_share_the_first():
    layer = adapted(np.array(["ulm", "bonn", "ulm", ""]))
    np.testing.assert_array_equal(
        encoded(layer, ["ulm", "bonn", "köln", ""]),
        [[0, 1, 0], [0, 0, 1], [1, 0, 0], [1, 0, 0]],
    )


def test_the_most_frequent_texts_get_the_places():
    layer = adapted(np.array(["a", "b", "b", "", "", ""]), max_categories=1)
    assert layer.vocabulary == ["b"]
    np.testing.assert_array_equal(encoded(layer, ["b", "a"]), [[0, 1], [1, 0]])


def test_a_column_of_empty_texts_still_encodes():
    assert encoded(adapted(np.array(["", ""])), ["", "x"]).shape == (2, 2)


def test_a_vector_of_texts_is_refused():
    with pytest.raises(ValueError, match="expected one text a sample"):
        encoded(adapted(np.array([["a", "b"]])), [["a", "b"]])


@pytest.mark.parametrize("values", [["ulm", "bonn"], [1.0, 3.0]], ids=["texts", "numbers"])
def test_what_was_learnt_survives_its_config_and_a_file(values: list, tmp_path: Path):
    import keras

    from kerascfg.layers import FeatureEncoder

    layer = adapted(np.array(values))
    again = FeatureEncoder.from_config(layer.get_config())
    np.testing.assert_array_equal(encoded(again, values), encoded(layer, values))
    dtype = "string" if isinstance(values[0], str) else "float32"
    entering = keras.Input((), dtype=dtype)
    keras.Model(entering, layer(entering)).save(tmp_path / "m.keras")
    loaded: Any = keras.saving.load_model(
        tmp_path / "m.keras", custom_objects={"FeatureEncoder": FeatureEncoder}
    )
    np.testing.assert_array_equal(encoded(loaded, values), encoded(layer, values))


def test_large_numbers_survive_half_precision():
    layer = adapted(np.array([1e6, 3e6], "float32"), dtype="mixed_float16")
    np.testing.assert_allclose(encoded(layer, [3e6]), [[1]], rtol=1e-3)
