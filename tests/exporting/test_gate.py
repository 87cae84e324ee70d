import pytest

from kerascfg.exporting import Delivery, GateSettings, not_met, read_gate


def delivered(target="litert", **known):
    return Delivery(target, "delivered", latency_ms={"p50": 2.0, "p95": 9.0}, **known)


def paths(gate, export=None):
    return [problem.path for problem in read_gate(gate, export)[1]]


def test_no_gate_is_open():
    assert read_gate(None, {}) == (GateSettings(), [])
    assert not_met(GateSettings(), [delivered(metric_drop=1.0)]) == []


@pytest.mark.parametrize(
    ("gate", "path"),
    [
        ({"max_dropp": 0.1}, "gate.max_dropp"),
        ({"max_ms": 0}, "gate.max_ms"),
        ({"max_ms": float("inf")}, "gate.max_ms"),
        ({"max_drop": float("nan")}, "gate.max_drop"),
        ({"max_drop": "1%"}, "gate.max_drop"),
        ({"targets": ["onxx"]}, "gate.targets"),
        ({"targets": ["keras"]}, "gate.targets"),
    ],
)
def test_a_wrong_gate_is_a_problem_of_the_config(gate, path):
    assert paths(gate, {"onnx": "onnx", "keras": None}) == [path]


def test_targets_are_checked_once_they_are_known():
    assert paths({"targets": ["onnx"]}) == []


def test_the_median_of_one_sample_is_held_to_max_ms():
    assert not_met(GateSettings(max_ms=2.0), [delivered()]) == []
    assert not_met(GateSettings(max_ms=1.5), [delivered()]) == [
        "litert: one sample takes 2 ms, gate.max_ms=1.5"
    ]


def test_a_metric_that_is_worse_by_more_than_max_drop_is_told():
    deliveries = [
        delivered("a", metric_drop=0.01),
        delivered("b", metric_drop=0.02, metric_name="accuracy"),
        delivered("c", metric_drop=-0.5),
    ]
    assert not_met(GateSettings(max_drop=0.01), deliveries) == [
        "b: accuracy is worse than Keras's by 0.02, gate.max_drop=0.01"
    ]


def test_what_cannot_be_told_is_not_met():
    (line,) = not_met(GateSettings(max_drop=0.1), [delivered(metric_reason="there are no targets")])
    assert line == "litert: gate.max_drop=0.1, but there are no targets"


def test_what_was_refused_is_held_to_nothing_unless_it_is_named():
    refused = Delivery("onnx", "refused", "not installed: onnx\nmore")
    assert not_met(GateSettings(max_ms=1.0), [refused]) == []
    assert not_met(GateSettings(targets=["onnx"]), [refused]) == [
        "onnx: refused: not installed: onnx"
    ]


def test_targets_that_are_not_named_are_held_to_nothing():
    assert not_met(GateSettings(max_ms=1.0, targets=["onnx"]), [delivered()]) == []
