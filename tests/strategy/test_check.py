from __future__ import annotations

from kerascfg.strategy.check import check_shares, check_strategy


def test_every_strategy_is_a_node_or_a_bare_name():
    assert check_strategy("cpu", 32) == []
    assert check_strategy({"type": "cpu", "threads": 2}, 32) == []
    assert check_strategy({"type": "mirrored", "logical_devices": 4}, 32) == []


def test_a_misspelled_strategy_and_argument_are_named():
    (name,) = check_strategy("mirored", 32)
    assert name.fix == "strategy=mirrored"
    (argument,) = check_strategy({"type": "cpu", "thread": 2}, 32)
    assert argument.fix == "strategy.threads=2"


def test_a_batch_that_devices_cannot_share_evenly_is_refused_with_the_nearest_that_they_can():
    (problem,) = check_strategy({"type": "mirrored", "logical_devices": 3}, 32)
    assert (problem.path, problem.fix) == ("data.batch_size", "data.batch_size=33")
    assert check_shares(2, 4)[0].fix == "data.batch_size=4"
    assert check_shares(32, 1) == []


def test_there_is_one_device_at_least():
    (problem,) = check_strategy({"type": "mirrored", "logical_devices": 0}, 32)
    assert problem.path == "strategy.logical_devices"


def test_precision_and_compilation_are_arguments_of_every_strategy():
    for name in ("auto", "cpu", "gpu", "mirrored"):
        (precision,) = check_strategy({"type": name, "precision": "half"}, 32)
        (jit,) = check_strategy({"type": name, "jit": "maybe"}, 32)
        assert (precision.path, jit.path) == ("strategy.precision", "strategy.jit")
        assert "float32, bfloat16, float16" in precision.message
