"""`model.class`: the configured graph as a subclass of `keras.Model`, with its own `train_step`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kerascfg.model import check_model
from kerascfg.naming import trust

CODE = """
import keras

class Counting(keras.Model):
    steps = 0

    def train_step(self, data):
        Counting.steps += 1
        return super().train_step(data)

@keras.saving.register_keras_serializable(package="my_models")
class Noisy(keras.Model):
    def __init__(self, inputs, outputs, stddev, **kwargs):
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)
        self.stddev = stddev

class Plain:
    def __init__(self, inputs, outputs, name): ...
"""


@pytest.fixture
def my_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A package of the user's, allowed."""
    (tmp_path / "my_models.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("KERASCFG_PLUGINS", "my_models")
    trust.listed_plugins.cache_clear()
    yield
    sys.modules.pop("my_models", None)
    trust.listed_plugins.cache_clear()


def model(kind: object) -> dict:
    return {"inputs": {"x": {"shape": [3]}}, "layers": {"head": {"type": "Dense", "units": 1}},
            "class": kind}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        ("Countin", "class", "with its package"),
        ("my_models.Countin", "class", "did you mean `my_models.Counting`?"),
        ({"type": "my_models.Noisy"}, "class.stddev", "requires `stddev`"),
        ({"type": "my_models.Noisy", "stdev": 1}, "class.stdev", "did you mean `stddev`?"),
        ("os.system", "class", "allowed package"),
    ],
)
def test_its_name_and_arguments_are_checked(my_models: None, kind: object, path: str, words: str):
    (problem,) = check_model(model(kind))
    assert problem.path == f"model.{path}"
    assert words in f"{problem.message} {problem.hint}"


@pytest.mark.slow
def test_the_graph_is_built_as_that_class_with_its_arguments(my_models: None):
    from kerascfg.model import build_model

    stated = model({"type": "my_models.Noisy", "stddev": 0.5})
    assert check_model(stated) == []
    made = build_model(stated, {})
    assert (type(made).__name__, made.stddev, made.count_params()) == ("Noisy", 0.5, 4)


@pytest.mark.slow
def test_what_is_no_keras_model_is_refused(my_models: None):
    from kerascfg.errors import ConfigError
    from kerascfg.model import build_model

    with pytest.raises(ConfigError, match="expected a subclass of keras"):
        build_model(model("my_models.Plain"), {})


@pytest.mark.slow
def test_a_run_trains_by_its_train_step_and_reads_it_back(my_models: None, tmp_path: Path):
    import kerascfg
    from kerascfg.model import load_model

    config = kerascfg.load(["train.epochs=1", "model=mlp", "+model.class=my_models.Counting",
                            "export=[]"])  # fmt: skip
    run = kerascfg.train(config, tmp_path / "run")
    import my_models as code  # pyright: ignore[reportMissingImports]

    assert code.Counting.steps > 0
    assert type(load_model(run.path("model.keras"), config)).__name__ == "Counting"
