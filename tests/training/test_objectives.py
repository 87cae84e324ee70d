from __future__ import annotations

import yaml

from kerascfg.training import check_objectives


def check(text: str, outputs: tuple[str, ...] | None = None) -> list[str]:
    config = yaml.safe_load(text)
    found = check_objectives(config.get("loss"), config.get("metrics"), outputs)
    return [f"{problem.path}: {problem.hint or problem.message}" for problem in found]


def test_a_bare_name_and_a_node_are_both_a_loss():
    assert check("{loss: MeanSquaredError, metrics: {mae: MeanAbsoluteError}}") == []
    assert check("{loss: {type: Huber, delta: 2.0}}") == []


def test_a_missing_loss_points_at_the_tasks():
    (problem,) = check_objectives(None, None, None)
    assert (problem.path, problem.fix) == ("loss", "task=classification")


def test_a_loss_s_usual_abbreviation_is_understood_as_the_class_that_was_meant():
    assert check("{loss: mse}") == ["loss: did you mean `MeanSquaredError`?"]


def test_a_misspelled_metric_is_named_by_its_key():
    assert check("{loss: Huber, metrics: {a: {type: AUCC}}}") == [
        "metrics.a.type: did you mean `AUC`?"
    ]


def test_several_outputs_have_losses_and_metrics_by_output():
    outputs = ("urgent", "team")
    good = """
        loss: {urgent: BinaryCrossentropy, team: SparseCategoricalCrossentropy}
        metrics: {urgent: {auc: AUC}}
    """
    assert check(good, outputs) == []
    assert check("{loss: {urgen: BinaryCrossentropy}}", outputs) == [
        "loss.urgen: did you mean `urgent`?"
    ]
    assert check("{loss: Huber, metrics: {tea: {auc: AUC}}}", outputs) == [
        "loss: expected a mapping from outputs (urgent, team) to losses",
        "metrics.tea: did you mean `team`?",
    ]
