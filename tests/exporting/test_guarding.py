"""A quantisation is held to a loss of the metric, in every format by the same search."""

import numpy as np
import pytest

from kerascfg.exporting.asking import ask
from kerascfg.exporting.order import missing_here
from kerascfg.exporting.target import Refused, build_target
from tests.exporting.targets.zoo import small, with_a_fragile_layer

pytestmark = pytest.mark.slow

WAYS = {
    "litert": {"type": "litert", "quantize": "weights_int8"},
    "onnx_dynamic": {"type": "onnx", "quantize": "dynamic_int8"},
    "onnx_int8": {"type": "onnx", "quantize": "int8"},
    "openvino": {"type": "openvino", "quantize": "int8"},
    "coreml": {"type": "coreml", "quantize": "weights_int8"},
    "keras": {"type": "keras", "quantize": "int8"},
}


@pytest.fixture(params=WAYS)
def node(request):
    """Return a target's node, if what it needs is here."""
    node = WAYS[request.param]
    if missing := missing_here(build_target(node, "export.x")):
        pytest.skip(missing)
    return node


def test_the_fragile_layer_stays_in_float_until_the_metric_holds(node, tmp_path):
    model = with_a_fragile_layer(fragile_too=False)
    target = build_target(node | {"max_drop": 0.1}, "export.x")
    kept, measured, *_ = target.convert(model, tmp_path) or ()
    assert kept.startswith("kept in float32, the most fragile first: fragile (found by")
    assert measured.startswith("accuracy on 200 samples of the training split: worse by")
    answers = ask(target.open(tmp_path), dict(model.calibration.rows))["head"]
    right = model.calibration.truth["truth"]
    assert np.mean(answers.argmax(axis=1) == right) >= 0.95


def test_where_every_layer_is_fragile_it_is_refused(tmp_path):
    target = build_target(WAYS["litert"] | {"max_drop": 0.01}, "export.x")
    with pytest.raises(Refused, match="Nothing is left to quantise"):
        target.convert(with_a_fragile_layer(fragile_too=True), tmp_path)


def test_without_truth_no_loss_can_be_held(tmp_path):
    model = with_a_fragile_layer(fragile_too=False)
    servable = small(model.model, dict(model.calibration.rows))
    target = build_target(WAYS["litert"] | {"max_drop": 0.01}, "export.x")
    with pytest.raises(Refused, match="max_drop takes a metric"):
        target.convert(servable, tmp_path)
