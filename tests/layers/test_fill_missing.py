from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("value", "rows", "expected"),
    [
        (3.5, [1.0, np.nan, np.inf], [1.0, 3.5, np.inf]),
        ([1.0, 2.0], [[np.nan, 5.0], [4.0, np.nan]], [[1.0, 5.0], [4.0, 2.0]]),
        ("Ulm", ["", "Rom"], [b"Ulm", b"Rom"]),
    ],
)
def test_gaps_and_nothing_else_are_filled(value: Any, rows: Any, expected: Any):
    import keras
    import tensorflow as tf

    from kerascfg.layers import FillMissing

    given = tf.constant(rows)
    entering = keras.Input(given.shape[1:], dtype=given.dtype.name)
    model = keras.Model(entering, FillMissing(value)(entering))
    again = keras.Model.from_config(model.get_config(), {"FillMissing": FillMissing})
    for each in (model, again):
        made = each(given)
        assert made.dtype == given.dtype
        assert made.numpy().tolist() == expected


def test_numbers_are_filled_by_what_they_can_hold_under_a_half_precision_policy():
    import tensorflow as tf

    from kerascfg.layers import FillMissing

    layer = FillMissing(1e6, dtype="mixed_float16")
    assert layer(tf.constant([np.nan, 123456.0])).numpy().tolist() == [1e6, 123456.0]
