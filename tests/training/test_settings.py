from __future__ import annotations

import yaml

from kerascfg.training import plan_stages


def plan(text: str):
    return plan_stages(yaml.safe_load(text), {"type": "Adam"})


def test_without_stages_the_whole_group_is_one_stage_with_the_config_s_optimizer():
    (stage,), problems = plan("{epochs: 5, trainable: [head]}")
    assert problems == []
    assert (stage.epochs, stage.trainable, stage.optimizer) == (5, ("head",), {"type": "Adam"})
    assert stage.optimizer_path == "optimizer"


def test_stages_keep_their_order_and_may_bring_an_optimizer_of_their_own():
    stages, problems = plan("""
        stages:
          head: {trainable: [head], epochs: 2}
          tune: {epochs: 3, optimizer: {type: SGD, learning_rate: 1.0e-5}}
    """)
    assert problems == []
    assert [stage.name for stage in stages] == ["head", "tune"]
    assert stages[0].optimizer == {"type": "Adam"}
    assert stages[1].trainable is None
    assert stages[1].optimizer_path == "train.stages.tune.optimizer"


def test_a_misspelled_key_is_named_with_the_key_that_was_meant():
    _, (problem,) = plan("{epoch: 5}")
    assert problem.path == "train.epoch"
    assert problem.fix == "train.epochs=5"


def test_all_mistakes_of_all_stages_are_reported():
    _, problems = plan("""
        stages:
          head: {epochs: 0}
          tune: {optimizer: {type: Adamm}}
    """)
    assert [problem.path for problem in problems] == [
        "train.stages.head.epochs",
        "train.stages.tune.optimizer.type",
    ]


def test_epochs_beside_stages_are_refused_since_they_would_not_count():
    _, problems = plan("{epochs: 5, stages: {head: {epochs: 1}}}")
    assert [problem.path for problem in problems] == ["train.epochs"]


def test_no_stage_at_all_is_refused():
    _, problems = plan("{stages: {}}")
    assert [problem.path for problem in problems] == ["train.stages"]


def test_a_class_weighs_no_less_than_nothing():
    _, problems = plan_stages({"class_weight": {"cat": 2.0, 1: -1.0}}, "Adam")
    assert [problem.path for problem in problems] == ["train.class_weight.1"]


def test_classes_may_count_alike_and_another_word_is_refused():
    assert plan_stages({"class_weight": "balanced"}, "Adam")[1] == []
    _, (problem,) = plan_stages({"class_weight": "balance"}, "Adam")
    assert problem.fix == "train.class_weight=balanced"
