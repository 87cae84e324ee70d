"""Kits of a made-up delivery, for every target, without a model."""

import numpy as np
import pytest

from kerascfg.exporting.delivery import Delivery, Port
from kerascfg.exporting.kits.write import write_kit


def delivered(inputs, outputs, **more):
    def ports(arrays):
        return tuple(
            Port(
                name,
                (None, *array.shape[1:]),
                "string" if array.dtype.kind in "UO" else array.dtype.name,
            )
            for name, array in arrays.items()
        )

    return Delivery(
        "named", "delivered", inputs=ports(inputs), outputs=ports(outputs), tolerance=1e-5, **more
    )


@pytest.fixture
def write(tmp_path):
    """Write a kit of golden arrays; return its folder."""

    def written(kind, inputs, outputs, **more):
        kit = tmp_path / kind / "kit"
        kit.parent.mkdir()
        write_kit(kind, delivered(inputs, outputs, **more), inputs, outputs, kit)
        return kit

    return written


@pytest.fixture
def pair():
    """Return inputs and outputs whose names and dtypes are as odd as data makes them."""
    inputs = {
        "image": np.arange(2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2) / 7,
        "how_many": np.array([3, -4], np.int32),
    }
    outputs = {
        'a "quoted" $name \\ with @tolerance@': np.array([[0.25, 0.75], [0.5, 0.5]], np.float32)
    }
    return inputs, outputs
