import numpy as np
import pytest

from kerascfg.classes import carried_names, class_places

NAMES = ("ape", "bee", "cat")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (np.eye(3), NAMES),
        (np.eye(3)[[2, 0, 1]], ("bee", "cat", "ape")),
        (np.array([2, 1, 3]), ("0", "bee", "ape", "cat")),
        (np.array([[2], [1], [0]]), ("cat", "bee", "ape")),
        (np.eye(4)[[1, 2, 3]], ("0", "ape", "bee", "cat")),
    ],
)
def test_names_follow_the_classes_to_their_places(made, expected):
    assert carried_names(made, NAMES) == expected


@pytest.mark.parametrize(
    "made",
    [
        np.array([0, 1, 1]),  # two classes became one
        np.array([0.0, 1.0, 2.0]),  # quantities
        np.array([2000, 2001, 2002]),  # whole numbers that are no places
        np.array([-1, 0, 1]),
        np.array([[1, 0], [1, 1], [0, 1]]),  # several labels at once
    ],
)
def test_what_does_not_tell_the_classes_apart_has_no_names(made):
    assert carried_names(made, NAMES) is None


def test_the_class_of_each_row_is_its_number_or_the_one_among_zeros():
    for values, expected in (([[1], [0]], [1, 0]), ([[0, 0, 1.0], [1, 0, 0]], [2, 0])):
        places = class_places(np.array(values))
        assert places is not None
        assert places.tolist() == expected
    assert class_places(np.array([[0.5, 0.5]])) is None
    assert class_places(np.array([[1, 1, 0]])) is None
