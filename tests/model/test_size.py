"""A model that multiplies beyond all measure is refused before it is spelled out."""

from __future__ import annotations

import pytest
import yaml

from kerascfg.errors import ConfigError
from kerascfg.model.check import check_model
from kerascfg.model.expand import expand_model


def test_copies_beyond_measure_are_refused():
    model = yaml.safe_load("layers: {flat: {type: Flatten, repeat: 1000000000}}")
    (problem,) = check_model(model, ("image",))
    assert problem.path == "model.layers.flat"
    assert "at most 20,000 nodes" in problem.message


def test_a_deep_network_is_not():
    model = yaml.safe_load("layers: {flat: {type: Flatten, repeat: 2000}}")
    assert check_model(model, ("image",)) == []


def test_copies_that_an_expression_counts_are_refused_when_spelled_out():
    model = yaml.safe_load("args: {n: 1000000}\nlayers: {flat: {type: Flatten, repeat: $n}}")
    with pytest.raises(ConfigError, match="at most 20,000 nodes"):
        expand_model(model, ("image",), {})
