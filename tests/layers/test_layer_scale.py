from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def layer(**arguments: Any) -> Any:
    from kerascfg.layers import LayerScale

    return LayerScale(**arguments)


def test_each_channel_has_its_factor():
    values = np.random.default_rng(0).random((2, 3, 3, 4), "float32")
    scale = layer(init_values=0.5)
    np.testing.assert_array_equal(scale(values), 0.5 * values)
    scale.gamma.assign([1, 2, 4, 8])
    np.testing.assert_array_equal(scale(values), values * [1, 2, 4, 8])


def test_the_config_makes_the_same_layer():
    scale = layer(init_values=0.1)
    assert type(scale).from_config(scale.get_config()).get_config() == scale.get_config()
