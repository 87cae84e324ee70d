"""The code of every shipped model, on the data that its file names, builds the same model."""

from __future__ import annotations

from pathlib import Path

import pytest

import kerascfg
from kerascfg.assembly import build_core
from kerascfg.model.from_keras import sample_of
from tests.conf.files import ConfFile, of_group, smaller
from tests.model.round_trip.programs import assert_equal, program_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("file", of_group("model"), ids=str)
def test_the_code_of_a_shipped_model_builds_it(file: ConfFile, in_project: Path):
    config = kerascfg.load(smaller(file.commands[0], file))
    assert not kerascfg.check(config)
    built = build_core(config)
    made = program_of(built, config["model"])
    assert made.count_params() == built.model.count_params()
    inputs = built.model.input if isinstance(built.model.input, dict) else {"": built.model.input}
    sample = {
        key: sample_of({"shape": list(tensor.shape[1:]), "dtype": tensor.dtype})
        for key, tensor in inputs.items()
    }
    assert_equal(built, made, sample)
