from __future__ import annotations

import pytest

from kerascfg.config.explain_key import Explanation, explain_key, split_key
from kerascfg.errors import COMMAND_LINE, Problem


@pytest.fixture
def explained(compose):
    def of(key: str, *overrides: str) -> Explanation:
        (job,), problems = compose(*overrides)
        assert problems == []
        found = explain_key(job, key)
        assert isinstance(found, Explanation), found
        return found

    return of


@pytest.fixture
def refused(compose):
    def of(key: str, *overrides: str) -> Problem:
        found = explain_key(compose(*overrides)[0][0], key)
        assert isinstance(found, Problem), found
        return found

    return of


def test_an_override_is_told_with_what_it_replaced(explained):
    found = explained("model.layers.conv1.filters", "model.layers.conv1.filters=64")
    assert (found.value, found.place) == (64, COMMAND_LINE)
    ((place, value),) = found.replaced
    assert value == 32
    assert "cnn.yaml:" in place


def test_files_are_told_in_the_order_in_which_they_hide_each_other(conf, explained):
    conf(
        experiment__mine="# @package _global_\ntrain: {epochs: 3}\n",
        debug__mine="# @package _global_\ntrain:\n  epochs: 2\n",
    )
    found = explained("train.epochs", "experiment=mine", "debug=mine")
    assert (found.value, found.place) == (2, "conf/debug/mine.yaml:3")
    assert found.replaced[0] == ("conf/experiment/mine.yaml:2", 3)
    assert found.replaced[1][1] == 30


def test_a_schedule_is_told_with_the_rate_that_it_replaced(explained):
    found = explained("optimizer.learning_rate", "optimizer/schedule=cosine")
    assert "schedule/cosine.yaml" in found.place
    assert "adam.yaml" in found.replaced[0][0]
    assert "CosineDecay" in (found.choices or ())


def test_an_argument_that_nobody_states_has_its_default_and_documentation(explained):
    found = explained("model.layers.conv1.strides")
    assert found.place == "nothing states it"
    assert found.default == "[1, 1]"
    assert "stride length of the convolution" in (found.about or "")


def test_an_argument_with_choices_names_them(explained):
    assert explained("model.layers.conv1.padding").choices == ("valid", "same")
    assert "relu" in (explained("model.layers.head.activation").choices or ())


def test_a_group_names_its_files_the_users_own_too(conf, explained):
    conf(model__mine="layers: {flat: Flatten, head: Dense}\n")
    assert {"cnn", "mine"} <= set(explained("model").choices or ())
    assert "cosine" in (explained("optimizer/schedule").choices or ())


def test_a_type_names_its_area(explained):
    found = explained("model.layers.conv1.type")
    assert "the name of a layer" in (found.takes or "")
    assert "Conv2D" in (found.choices or ())
    assert found.about == "2D convolution layer."


def test_a_short_form_is_explained_as_the_node_it_is(explained):
    assert "Rectified" in (explained("model.layers.relu1").about or "")
    assert explained("model.layers.relu1.max_value").default == "null"


def test_settings_are_explained_by_their_schema(explained):
    assert explained("data.batch_size").default == "32"
    assert explained("data.cache").choices == ("memory", "disk", "none")
    assert explained("train.stages").default == "null"


def test_an_argument_of_a_block_has_its_default(explained):
    assert explained("model.layers.stage2.strides", "model=resnet18").default == "1"


def test_a_key_of_the_wiring_is_explained(explained):
    assert "feed the node" in (explained("model.layers.conv1.inputs").takes or "")


def test_an_unknown_key_is_given_its_right_spelling(refused):
    assert "`model.layers.conv1.filters`" in (refused("model.layers.conv1.filterz").hint or "")
    assert "`data.batch_size`" in (refused("data.batchsize").hint or "")
    assert "`seed`" in (refused("sede").hint or "")
    assert "`model.layers.conv1`" in (refused("model.layers.conv11.filters").hint or "")


def test_a_key_behind_the_flag_is_no_override():
    assert split_key(["--explain", "seed", "seed=2"]) == ("seed", ["seed=2"])
    assert split_key(["--explain", "seed=2"]) == (None, ["seed=2"])
    assert split_key(["a=1", "--explain"]) == (None, ["a=1"])
    assert split_key(["--explain", "--config-dir", "x"]) == (None, ["--config-dir", "x"])
