from __future__ import annotations

import yaml

from kerascfg.training import check_loss_weights, check_objectives


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


def weights(text: str) -> list[str]:
    config = yaml.safe_load(text)
    found = check_loss_weights(config["loss_weights"], config["loss"])
    return [f"{problem.path}: {problem.hint or problem.message}" for problem in found]


def test_loss_weights_are_numbers_by_outputs_that_have_a_loss():
    loss = "loss: {urgent: Hinge, team: Huber, code: null}"
    assert weights(f"{{{loss}, loss_weights: {{urgent: 2, team: 0.5}}}}") == []
    assert weights(f"{{{loss}, loss_weights: {{urgen: 2.0, team: heavy}}}}") == [
        "loss_weights.urgen: did you mean `urgent`?",
        "loss_weights.team: expected a number. Received: 'heavy'",
    ]
    (problem,) = weights(f"{{{loss}, loss_weights: {{code: 1.0}}}}")
    assert problem.startswith("loss_weights.code: ")


def test_loss_weights_beside_one_loss_are_refused():
    (problem,) = weights("{loss: Huber, loss_weights: {team: 2.0}}")
    assert "a mapping from outputs" in problem


def test_an_output_may_state_that_it_has_no_loss():
    assert check("{loss: {urgent: Hinge, team: null}}", ("urgent", "team")) == []
