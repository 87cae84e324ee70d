import numpy as np
import pytest

from kerascfg.exporting.servable import Servable
from kerascfg.exporting.targets.litert import float_file
from kerascfg.exporting.tflite.metadata import read_metadata, with_metadata
from tests.exporting.targets.zoo import answers_of

pytestmark = pytest.mark.slow


def test_texts_are_in_the_file_which_answers_as_before():
    import keras

    x = keras.Input((3,), name="x")
    model = Servable(keras.Model({"x": x}, keras.layers.Dense(2)(x)))
    plain, rows = float_file(model), {"x": np.ones((1, 3), "float32")}
    labelled = with_metadata(plain, {"labels": '["höch", "tief"]', "run": "a"})
    said = read_metadata(labelled)
    assert said["labels"].decode("utf-8") == '["höch", "tief"]'
    assert said["run"] == b"a"
    assert said.keys() > {"labels", "run"}  # the converter's own stay
    for name, answer in answers_of(plain, rows).items():
        assert np.array_equal(answers_of(labelled, rows)[name], answer)
