from __future__ import annotations

import numpy as np
import pytest
import yaml

from kerascfg.errors import ConfigError
from kerascfg.model.from_keras.calls import plain
from kerascfg.model.from_keras.writing import write_yaml


@pytest.mark.parametrize("text", ["😀", "ä", "\x7f", "a\u2028b", 'a "b"', "\\ud83d\\ude00", "a: b"])
def test_a_text_is_read_as_it_was_written(text: str):
    written = write_yaml({"vocabulary": [text]})
    assert written.isascii()
    assert yaml.safe_load(written) == {"vocabulary": [text]}


def test_a_fraction_that_a_person_would_write_is_one():
    assert write_yaml({"scale": 1 / 255}) == "scale: $(1 / 255)\n"


@pytest.mark.parametrize("number", [1.2345678912345e-17, 1.2345678912345e-310])
def test_a_tiny_number_is_no_fraction(number: float):
    assert yaml.safe_load(write_yaml({"epsilon": number})) == {"epsilon": number}


def test_a_number_of_numpy_is_spelled_as_one_of_python():
    assert write_yaml({"inputs": ["x", plain(np.sqrt(3.0))]}) == "inputs: [x, 1.7320508075688772]\n"


@pytest.mark.parametrize("text", ["$5", "a ${b}", "???"])
def test_a_text_that_a_config_would_read_as_more_is_refused(text: str):
    with pytest.raises(ConfigError, match="means itself"):
        plain(text)
