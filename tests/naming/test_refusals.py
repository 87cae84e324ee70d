"""What a check refuses, the real Keras refuses too."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from kerascfg.naming.areas import AREAS
from kerascfg.naming.names import Found, find

CASES = [
    ("layer", "Dense", {}, "units", 3.5),
    ("layer", "Dense", {}, "units", 0),
    ("layer", "Dense", {}, "units", [3]),
    ("layer", "Embedding", {"output_dim": 2}, "input_dim", -1),
    ("layer", "LSTM", {}, "units", -4),
    ("layer", "GRU", {}, "units", 0),
    ("layer", "Conv1D", {"filters": 2}, "kernel_size", [3, 3]),
    ("layer", "Conv2D", {"filters": 2}, "kernel_size", 0),
    ("layer", "Conv2D", {"kernel_size": 3}, "filters", -2),
    ("layer", "Conv2D", {"filters": 2, "kernel_size": 3}, "padding", "smae"),
    ("layer", "Conv2D", {"filters": 2, "kernel_size": 3}, "padding", "causal"),
    ("layer", "Conv2D", {"filters": 2, "kernel_size": 3}, "strides", [1, 1, 1]),
    ("layer", "Conv2D", {"filters": 2, "kernel_size": 3}, "dilation_rate", "two"),
    ("layer", "Conv2D", {"filters": 2, "kernel_size": 3}, "data_format", "channel_last"),
    ("layer", "Conv2D", {"filters": 2, "kernel_size": 3}, "groups", 0),
    ("layer", "Conv3D", {"filters": 2}, "kernel_size", [3, 3]),
    ("layer", "Conv2DTranspose", {"filters": 2}, "kernel_size", [3, 3, 3]),
    ("layer", "SeparableConv2D", {"filters": 2, "kernel_size": 3}, "depth_multiplier", 0),
    ("layer", "MaxPooling2D", {}, "pool_size", [2, 2, 2]),
    ("layer", "AveragePooling1D", {}, "pool_size", [2, 2]),
    ("layer", "UpSampling2D", {}, "size", 0),
    ("layer", "UpSampling3D", {}, "size", [2, 2]),
    ("layer", "ZeroPadding1D", {}, "padding", -1),
    ("layer", "Cropping1D", {}, "cropping", [1, 1, 1]),
    ("layer", "Dropout", {}, "rate", 1.5),
    ("layer", "SpatialDropout2D", {}, "rate", -0.1),
    ("layer", "GaussianNoise", {}, "stddev", 2),
    ("layer", "LeakyReLU", {}, "negative_slope", -1),
    ("layer", "ReLU", {}, "max_value", -2),
    ("layer", "RepeatVector", {}, "n", 0),
    ("layer", "RepeatVector", {}, "n", 2.5),
    ("layer", "MultiHeadAttention", {"key_dim": 2}, "num_heads", 0),
    ("layer", "MultiHeadAttention", {"num_heads": 2, "key_dim": 2}, "value_dim", -1),
    ("layer", "Attention", {}, "score_mode", "dott"),
    ("layer", "RandomRotation", {"factor": 0.2}, "fill_mode", "reflekt"),
    ("layer", "RandomRotation", {"factor": 0.2}, "interpolation", "cubic"),
    ("layer", "RandomGrayscale", {}, "factor", 2),
    ("optimizer", "SGD", {}, "momentum", 1.5),
    ("optimizer", "SGD", {}, "momentum", 1),
    ("optimizer", "Ftrl", {}, "l1_regularization_strength", -1.0),
    ("optimizer", "Adam", {"use_ema": True}, "ema_momentum", 3),
    ("optimizer", "Adam", {"use_ema": True}, "ema_overwrite_frequency", -1),
    ("optimizer", "Adamax", {}, "gradient_accumulation_steps", 1),
    ("layer", "Flatten", {}, "name", 5),
    ("initializer", "VarianceScaling", {}, "scale", -1),
    ("initializer", "VarianceScaling", {}, "mode", "fan_inn"),
]


@pytest.mark.parametrize(
    ("area", "name", "others", "argument", "value"),
    CASES,
    ids=lambda part: str(part) if isinstance(part, str | int | float) else "",
)
def test_a_check_refuses_it(area: str, name: str, others: dict, argument: str, value: Any):
    found = find(name, area, "x")
    assert isinstance(found, Found)
    assert found.signature.kinds[argument].check(value, "x")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("area", "name", "others", "argument", "value"),
    CASES,
    ids=lambda part: str(part) if isinstance(part, str | int | float) else "",
)
def test_keras_refuses_it(area: str, name: str, others: dict, argument: str, value: Any):
    cls = getattr(importlib.import_module(AREAS[area][0]), name)
    with pytest.raises((ValueError, TypeError, NotImplementedError)):
        cls(**others, **{argument: value})
