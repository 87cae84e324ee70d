import sys

import pytest

from kerascfg.data import open_data
from kerascfg.data.source import open_source, peek_source
from kerascfg.errors import ConfigError, RunError

OWN = """
import numpy as np
from kerascfg.data import Table, fingerprint_of, measured_specs

def steps(rows: int = 20):
    columns = {"x": np.arange(rows, dtype="float32"), "up": np.arange(rows) % 2}
    return Table(columns, measured_specs(columns), fingerprint_of(columns), target="up")

def broken():
    raise OSError("the disc is gone")

def wrong():
    return {"x": [1, 2]}

def arrays():
    return {"x": np.arange(40.0), "up": np.arange(40) % 2}

def odd():
    return {"x": np.array([{}, {}])}
"""


@pytest.fixture
def own_package(tmp_path, monkeypatch):
    (tmp_path / "own_data.py").write_text(OWN)
    monkeypatch.setenv("KERASCFG_PLUGINS", "own_data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("own_data", None)


def test_a_source_of_ones_own_is_a_function_that_returns_a_table(own_package):
    config = {"source": {"type": "own_data.steps", "rows": 40}}
    data = open_data(config, task="binary", seed=0)
    assert data.sizes == {"train": 32, "validation": 4, "test": 4}
    assert data.facts()["data"]["features"] == {"x": {"shape": [], "dtype": "float32"}}


def test_it_may_return_plain_arrays(own_package):
    config = {"source": "own_data.arrays", "target": "up"}
    assert open_data(config, task="binary", seed=0).sizes["train"] == 32
    with pytest.raises(ConfigError, match=r"numbers or texts in `x`. Received: \{\} \(dict\)"):
        open_source("own_data.odd", "data.source")


def test_a_check_does_not_import_it(own_package):
    assert peek_source("own_data.steps", "data.source").problems == ()
    assert "own_data" not in sys.modules


def test_what_it_raises_is_said_with_its_name(own_package):
    with pytest.raises(RunError, match=r"data\.source: own_data\.broken failed.*disc is gone"):
        open_source("own_data.broken", "data.source")
    with pytest.raises(RunError, match=r"to return a kerascfg\.data\.Table"):
        open_source("own_data.wrong", "data.source")


def test_it_must_be_allowed():
    (problem,) = peek_source("os.system", "data.source").problems
    assert "allowed package" in problem.message
