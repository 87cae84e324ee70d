from __future__ import annotations

import keras
import pytest
import yaml

from kerascfg.model.from_keras import compare, fold, read_model, write_yaml

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "most_lines"), [("ResNet50", 35), ("MobileNetV2", 60), ("NASNetMobile", 200)]
)
def test_a_folded_application_is_short_and_computes_the_same(name, most_lines):
    model = getattr(keras.applications, name)(weights=None)
    text = write_yaml(fold(read_model(model)))
    assert text.count("\n") <= most_lines
    assert "equal outputs" in compare(model, yaml.safe_load(text))
