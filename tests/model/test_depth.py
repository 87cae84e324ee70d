from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kerascfg.model import build_model, load_model
from kerascfg.model.depth import room_for


def test_the_limit_is_what_it_was_afterwards():
    before = sys.getrecursionlimit()
    with pytest.raises(ZeroDivisionError), room_for(5000):
        assert sys.getrecursionlimit() > before + 5000
        1 / 0  # noqa: B018
    assert sys.getrecursionlimit() == before


@pytest.mark.slow
def test_a_chain_deeper_than_pythons_limit_is_built_and_read_back(tmp_path: Path):
    nodes = sys.getrecursionlimit() + 100
    config = {
        "inputs": {"x": {"shape": [2]}},
        "layers": {f"n{i}": "Identity" for i in range(nodes)},
    }
    build_model(config, {}).save(tmp_path / "model.keras")
    assert len(load_model(tmp_path / "model.keras", {"model": config}).layers) == nodes + 1
