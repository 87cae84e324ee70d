from __future__ import annotations

import pytest

from kerascfg.data import check_facts, known_classes, known_targets


def facts(value: str):
    return check_facts({"model": {"units": value}}, ("age", "wage"), ("label",))


@pytest.mark.parametrize(
    "value", ["$data.features", "$data.features.age.shape", "$data.targets.label.shape", "$width"]
)
def test_what_the_data_has_may_be_asked_for(value: str):
    assert facts(value) == []


def test_a_misspelled_feature_is_named_with_the_right_spelling():
    (problem,) = facts("$data.features.agee.dtype")
    assert problem.fix == "'model.units=$data.features.age.dtype'"


def test_a_target_that_is_not_there_lists_those_that_are():
    (problem,) = facts("$data.targets.price.shape")
    assert problem.message == "expected one of the data's targets (label). Received: price"


def test_the_classes_of_bundled_data_are_known_without_reading_it():
    assert known_classes({"source": "digits"}) == 10
    assert known_classes({"source": "digits", "target": "image"}) is None
    assert known_classes({"source": "diabetes"}) is None
    assert known_classes({"source": "diabetes", "classes": 4}) == 4


def test_a_target_is_the_source_s_own_unless_the_config_says_otherwise():
    assert known_targets({"source": "digits"}) == ("digit",)
    assert known_targets({"source": "digits", "target": ["image"]}) == ("image",)
