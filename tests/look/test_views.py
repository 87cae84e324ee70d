"""Which view a feature has, and what is black and white in it."""

from __future__ import annotations

import numpy as np
import pytest

from kerascfg.data import TensorSpec
from kerascfg.look.images import _montage, _range
from kerascfg.look.views import VIEWS, _file_name, _views


@pytest.mark.parametrize(
    ("shape", "dtype", "view"),
    [
        ((8, 8, 1), "float32", "image"),
        ((224, 200, 3), "float32", "image"),
        ((28, 28), "uint8", "image"),
        ((4, 4, 3), "float32", None),
        ((16000, 1), "float32", "sound"),
        ((16000,), "float32", "sound"),
        ((48, 3), "float32", "series"),
        ((None, 12), "float32", "series"),
        ((30,), "float32", None),
        ((), "string", None),
        ((48,), "int32", None),
    ],
)
def test_a_view_follows_from_the_spec(shape, dtype, view):
    assert _views({"x": TensorSpec(shape, dtype)}) == ({"x": view} if view else {})
    assert view is None or view in VIEWS


@pytest.mark.parametrize(
    ("least", "greatest", "dtype", "shown"),
    [
        (0, 1, "float32", (0, 1)),
        (0.2, 0.6, "float32", (0, 1)),
        (0, 255, "float32", (0, 255)),
        (3, 90, "uint8", (0, 255)),
        (-1, 1, "float32", (-1, 1)),
        (0, 16, "float32", (0, 16)),
        (-3, 4, "float32", (-3, 4)),
    ],
)
def test_pixels_are_shown_in_the_range_they_are_meant_in(least, greatest, dtype, shown):
    images = np.linspace(least, greatest, 128).reshape(2, 8, 8, 1).astype(dtype)
    assert _range(images) == pytest.approx(shown)


def test_pixels_that_are_missing_do_not_hide_the_others():
    images = np.full((1, 8, 8, 1), np.nan, "float32")
    images[0, 0, 0] = 0.5
    assert _range(images) == (0, 1)


def test_cells_stand_apart_and_rows_of_the_same_samples_closer():
    rows = [np.zeros((3, 10, 20, 3), "uint8"), np.zeros((2, 10, 20, 3), "uint8")]
    sheet, centres = _montage([*rows, *rows], kinds=2)
    gaps = np.diff(centres)
    assert gaps[0] == gaps[2] < gaps[1]
    assert sheet.shape[1] == 3 * 20 + 2 * 6
    assert (sheet[:10, :20] == 0).all() and (sheet[:10, 20:26] == 255).all()


def test_a_features_name_leads_to_no_other_folder():
    assert _file_name("../../a b") == "______a_b"
