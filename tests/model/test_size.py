"""A model that multiplies beyond all measure is refused before it is spelled out."""

from __future__ import annotations

import pytest
import yaml

from kerascfg.errors import ConfigError
from kerascfg.model.check import check_model
from kerascfg.model.expand import expand_model
from kerascfg.model.heads import heads_of


def test_copies_beyond_measure_are_refused():
    model = yaml.safe_load("layers: {flat: {type: Flatten, repeat: 1000000000}}")
    (problem,) = check_model(model, ("image",))
    assert problem.path == "model.layers.flat"
    assert "at most 20,000 nodes" in problem.message


def test_blocks_as_arguments_count_too():
    doubled = {
        f"b{number}": {
            "inputs": {"i": {"shape": [4]}},
            "layers": {
                name: {"type": "TimeDistributed", "layer": {"block": f"b{number - 1}"}}
                for name in ("x", "y")
            },
        }
        for number in range(1, 30)
    }
    first = {"inputs": {"i": {"shape": [4]}}, "layers": {"dense": {"type": "Dense", "units": 4}}}
    layers = {"all": {"type": "TimeDistributed", "layer": {"block": "b29"}}}
    model = {"blocks": {"b0": first, **doubled}, "layers": layers}
    (problem,) = check_model(model, ("image",))
    assert problem.path == "model.layers.all"


def test_a_deep_network_is_not():
    model = yaml.safe_load("layers: {flat: {type: Flatten, repeat: 2000}}")
    assert check_model(model, ("image",)) == []


def test_copies_that_an_expression_counts_are_refused_when_spelled_out():
    model = yaml.safe_load("args: {n: 1000000}\nlayers: {flat: {type: Flatten, repeat: $n}}")
    with pytest.raises(ConfigError, match="at most 20,000 nodes"):
        expand_model(model, ("image",), {})


def test_blocks_within_blocks_end_somewhere():
    blocks = {f"b{n}": {"layers": {"next": {"block": f"b{n - 1}"}}} for n in range(1, 1500)}
    blocks["b0"] = {"layers": {"flat": {"type": "Flatten"}}}
    model = {"blocks": blocks, "layers": {"all": {"block": "b1499"}}}
    (problem,) = check_model(model, ("image",))
    assert "40 deep" in problem.message


def test_the_heads_of_a_long_chain_are_found():
    chain = {f"d{n}": {"type": "Dense", "units": 3} for n in range(3000)}
    assert heads_of({"layers": chain})["d2999"].size == 3
    dropped = {**chain, "drop": {"type": "Dropout", "rate": 0.1}}
    assert heads_of({"layers": dropped})["drop"].path == "model.layers.d2999"
