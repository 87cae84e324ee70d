from __future__ import annotations

import pytest

from kerascfg.training import check_callbacks


def test_callbacks_of_keras_and_of_kerascfg_are_named_alike():
    callbacks = {"stop": {"type": "EarlyStopping", "patience": 3}, "best": "BestCheckpoint"}
    assert check_callbacks(callbacks, {"csv": "csv"}) == []


def test_a_callback_taken_away_by_null_is_no_mistake():
    assert check_callbacks({"best": None}, {"csv": None}) == []


def test_misspelled_arguments_of_callbacks_and_trackers_are_found():
    problems = check_callbacks(
        {"stop": {"type": "EarlyStopping", "patiance": 3}}, {"t": "tensorbord"}
    )
    assert [problem.path for problem in problems] == ["callbacks.stop.patiance", "tracker.t"]
    assert "tensorboard" in (problems[1].hint or "")


@pytest.mark.parametrize(
    "place", ["/etc/passwd", "../other/log.csv", "~/log.csv", "config.yaml", "./exports/x", ""]
)
def test_paths_outside_the_run_directory_and_the_run_s_own_are_refused(place: str):
    (problem,) = check_callbacks({"log": {"type": "CSVLogger", "filename": place}}, None)
    assert problem.path == "callbacks.log.filename"


@pytest.mark.parametrize("name", ["LambdaCallback", "RemoteMonitor"])
def test_callbacks_that_carry_code_or_send_data_away_are_refused(name: str):
    (problem,) = check_callbacks({"x": name}, None)
    assert "refused" in problem.message


@pytest.mark.parametrize(
    "schedule",
    [
        {"type": "CosineDecay", "initial_learning_rate": 0.1, "decay_steps": 10},
        {"op": "my_pkg.rates.falling"},
    ],
)
def test_a_callback_that_sets_the_rate_beside_a_schedule_is_refused(schedule):
    callbacks = {"plateau": {"type": "ReduceLROnPlateau", "patience": 3}}
    (problem,) = check_callbacks(callbacks, None, schedule)
    assert (problem.path, problem.fix) == ("callbacks.plateau", "~callbacks.plateau")
    assert check_callbacks(callbacks, None, 0.1) == []
