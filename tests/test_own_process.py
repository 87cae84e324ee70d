"""A run that does not fit into this process gets one of its own, and ends as if it had none."""

from __future__ import annotations

from pathlib import Path

import pytest

import kerascfg
from kerascfg.errors import ConfigError

pytestmark = pytest.mark.slow
SMALL = ["train.epochs=1", "data.batch_size=64", "export=[]", "strategy=mirrored"]


@pytest.fixture(scope="module", autouse=True)
def started():
    """Start TensorFlow with what it takes by default."""
    import tensorflow as tf

    assert float(tf.constant(1.0) + 1.0) == 2.0


def test_logical_devices_are_had_after_tensorflow_has_started(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    config = kerascfg.load([*SMALL, "strategy.logical_devices=2"])
    run = kerascfg.train(config, tmp_path / "run")
    assert run.status_json()["state"] == "finished"
    assert run.metrics()["test"]["accuracy"] > 0.1
    said = capfd.readouterr().out
    assert "process   a new one (the number of logical devices must be set before" in said
    assert "mirrored: the processor as 2 logical devices" in said


def test_a_problem_that_shows_only_there_is_the_same_problem(tmp_path: Path):
    config = kerascfg.load([*SMALL, "strategy.logical_devices=2", "train.class_weight={77: 2.0}"])
    with pytest.raises(ConfigError) as refused:
        kerascfg.train(config, tmp_path / "run")
    assert refused.value.problems[0].path == "train.class_weight.77"
    assert kerascfg.open_run(tmp_path / "run").status_json()["state"] == "failed"
