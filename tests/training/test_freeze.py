from __future__ import annotations

import pytest

from kerascfg.errors import ConfigError

pytestmark = pytest.mark.slow


@pytest.fixture
def model():
    import keras

    inner = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(4, name="block_1"),
            keras.layers.Dense(4, name="block_2"),
        ],
        name="backbone",
    )
    inputs = keras.Input((4,))
    return keras.Model(inputs, keras.layers.Dense(1, name="head")(inner(inputs)))


def learning(model) -> list[str]:
    return sorted({weight.path.split("/")[-2] for weight in model.trainable_weights})


def test_only_what_matches_learns(model):
    from kerascfg.training.freeze import set_trainable

    set_trainable(model, ("head", "backbone/block_2"), "train")
    assert learning(model) == ["block_2", "head"]


def test_a_nested_model_s_own_path_stands_for_all_of_it(model):
    from kerascfg.training.freeze import set_trainable

    set_trainable(model, ("backbone",), "train")
    assert learning(model) == ["block_1", "block_2"]


def test_a_later_stage_thaws_what_an_earlier_one_froze(model):
    from kerascfg.training.freeze import set_trainable

    set_trainable(model, ("head",), "train")
    set_trainable(model, None, "train")
    assert learning(model) == ["block_1", "block_2", "head"]


def test_a_glob_that_matches_nothing_is_an_error_that_names_what_was_meant(model):
    from kerascfg.training.freeze import set_trainable

    with pytest.raises(ConfigError) as error:
        set_trainable(model, ("heat", "backbone/*"), "train.stages.head")
    (problem,) = error.value.problems
    assert problem.path == "train.stages.head.trainable"
    assert problem.hint == "did you mean `head`?"
