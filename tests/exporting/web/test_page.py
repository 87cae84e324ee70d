import numpy as np
import pytest

from kerascfg.exporting.delivery import Port
from kerascfg.exporting.web.page import image_of


def described(shape, samples, dtype="float32"):
    return image_of([Port("image", shape, dtype)], {"image": np.array(samples, dtype)})


@pytest.mark.parametrize(
    ("samples", "expected"),
    [([0.0, 0.9], (0, 1)), ([-0.8, 0.9], (-1, 1)), ([0.0, 250.0], (0, 255))],
)
def test_the_range_of_pixels_is_that_of_the_samples(samples, expected):
    image = described((None, 8, 6, 3), samples)
    assert image is not None
    assert (image["low"], image["high"]) == expected
    assert (image["height"], image["width"], image["channels"]) == (8, 6, 3)


@pytest.mark.parametrize(
    ("dtype", "held"), [("int64", "int32"), ("int8", "int32"), ("uint8", "uint8")]
)
def test_pixels_are_of_a_type_that_the_page_has_arrays_of(dtype, held):
    image = described((None, 8, 6, 3), [0, 1], dtype)
    assert image is not None
    assert image["dtype"] == held


@pytest.mark.parametrize("samples", [[0.0, 16.0], [-3.1, 2.9], [0.0, 4095.0]])
def test_numbers_in_another_range_are_not_taken_for_pixels(samples):
    assert described((None, 8, 8, 1), samples) is None


@pytest.mark.parametrize("shape", [(None, 8, 8, 2), (None, 8, 8), (None, None, 8, 3)])
def test_what_has_no_size_or_no_colours_is_no_picture(shape):
    assert described(shape, [0.0, 1.0]) is None


def test_a_picture_beside_another_input_is_not_asked_for():
    ports = [Port("image", (None, 8, 8, 1), "float32"), Port("age", (None, 1), "float32")]
    samples = {port.name: np.ones((2, 1), "float32") for port in ports}
    assert image_of(ports, samples) is None
