"""The table over a sweep."""

import csv
import io
import json

import pytest
import yaml

from kerascfg.errors import RunError
from kerascfg.runs import create_run, leaderboard_table, read_jobs, worst_status, write_leaderboard
from kerascfg.runs.leaderboard import lower_is_better


def make_job(sweep, name, overrides, state=None, metrics=None, message="", exit_status=None):
    """Make a job's directory as a sweep leaves it; without a state it never came to start."""
    (sweep / name / ".hydra").mkdir(parents=True)
    (sweep / name / ".hydra" / "overrides.yaml").write_text(yaml.safe_dump(overrides))
    if state is not None:
        run = create_run(sweep / name)
        if metrics is not None:
            run.write_json("metrics.json", metrics)
        if state != "running":
            run.status(state, message, exit_status)


def scores(accuracy, loss):
    return {
        "train": {"loss": loss / 2, "accuracy": 1.0},
        "validation": {"loss": loss, "accuracy": accuracy},
        "test": {"loss": loss, "accuracy": accuracy - 0.01},
    }


@pytest.fixture
def sweep(tmp_path):
    make_job(tmp_path, "0", ["optimizer=adam", "seed=1"], "finished", scores(0.97, 0.10))
    make_job(tmp_path, "1", ["optimizer=sgd", "seed=1"], "failed", message='bad "rate", sorry')
    make_job(tmp_path, "2", ["optimizer=rmsprop", "seed=1"])
    make_job(tmp_path, "10", ["optimizer=lion", "seed=1"], "finished", scores(0.99, 0.20))
    (tmp_path / "multirun.yaml").write_text("")
    return tmp_path


def read_csv(sweep):
    return list(csv.DictReader(io.StringIO((sweep / "leaderboard.csv").read_text())))


def test_reads_every_job_however_it_ended(sweep):
    jobs = read_jobs(sweep)
    assert [(job.name, job.state) for job in jobs] == [
        ("0", "finished"),
        ("1", "failed"),
        ("2", "unknown"),
        ("10", "finished"),
    ]
    assert jobs[0].overrides == ("optimizer=adam", "seed=1")
    assert jobs[0].metrics["test.accuracy"] == pytest.approx(0.96)
    assert "status.json" in jobs[2].message


def test_a_job_whose_directory_has_several_parts_is_found(tmp_path):
    make_job(tmp_path, "optimizer/adam", ["optimizer=adam"], "finished", scores(0.9, 0.1))
    assert [job.name for job in read_jobs(tmp_path)] == ["optimizer/adam"]


def test_an_unreadable_status_is_unknown(sweep):
    (sweep / "0" / "status.json").write_text('{"state": "fini')
    assert read_jobs(sweep)[0].state == "unknown"


def test_sorts_by_the_validation_metric_best_first_and_the_lost_last(sweep):
    assert [job.name for job in write_leaderboard(sweep)] == ["10", "0", "1", "2"]


@pytest.mark.parametrize("metric", ["loss", "val_loss", "test.loss"])
def test_of_a_loss_less_is_better(sweep, metric):
    assert [job.name for job in write_leaderboard(sweep, metric)] == ["0", "10", "1", "2"]


@pytest.mark.parametrize(
    ("metric", "lower"),
    [
        ("validation.loss", True),
        ("test.urgent_loss", True),
        ("mean_absolute_error", True),
        ("test.mae", True),
        ("sparse_categorical_crossentropy", True),
        ("false_negatives", True),
        ("accuracy", False),
        ("sparse_categorical_accuracy", False),
        ("test.auc", False),
        ("r2_score", False),
        ("mean_io_u", False),
        ("cosine_similarity", False),
    ],
)
def test_the_direction_follows_from_the_name(metric, lower):
    assert lower_is_better(metric) is lower


def test_a_diverged_job_comes_after_the_others(tmp_path):
    make_job(tmp_path, "0", ["a=1"], "finished", scores(float("nan"), float("nan")))
    make_job(tmp_path, "1", ["a=2"], "finished", scores(0.5, 9.0))
    assert [job.name for job in write_leaderboard(tmp_path, "loss")] == ["1", "0"]


def test_writes_a_row_for_each_job(sweep):
    write_leaderboard(sweep)
    rows = read_csv(sweep)
    assert list(rows[0])[:3] == ["job", "overrides", "state"]
    assert rows[0]["job"] == "10"
    assert float(rows[0]["test.accuracy"]) == pytest.approx(0.98)
    assert float(rows[0]["seconds"]) >= 0
    failed = next(row for row in rows if row["state"] == "failed")
    assert failed["message"] == 'bad "rate", sorry'
    assert failed["test.accuracy"] == ""


def test_quotes_what_csv_and_the_shell_need(tmp_path):
    make_job(tmp_path, "0", ["export=[saved_model,litert]", "name=a b"], "finished")
    write_leaderboard(tmp_path)
    assert read_csv(tmp_path)[0]["overrides"] == "'export=[saved_model,litert]' 'name=a b'"


def test_an_unknown_metric_is_said_after_the_file_was_written(sweep):
    with pytest.raises(RunError, match="Received: metric=acuracy; did you mean `accuracy`"):
        write_leaderboard(sweep, "acuracy")
    assert [row["job"] for row in read_csv(sweep)] == ["0", "1", "2", "10"]


def test_a_sweep_in_which_every_job_failed_has_a_leaderboard(tmp_path):
    make_job(tmp_path, "0", ["a=1"], "failed", message="no")
    assert [job.name for job in write_leaderboard(tmp_path, "accuracy")] == ["0"]
    assert read_csv(tmp_path)[0]["state"] == "failed"


@pytest.mark.parametrize(
    ("jobs", "status"),
    [
        ([("finished", None)], 0),
        ([("finished", None), ("failed", None)], 1),
        ([("finished", None), ("failed", 3)], 3),
        ([("failed", 3), ("failed", 1)], 1),
        ([("failed", 1), ("stopped", 143)], 143),
        ([("finished", None), (None, None)], 1),
        ([("finished", None), ("running", None)], 1),
        ([], 1),
    ],
)
def test_a_sweep_ends_with_the_worst_status_of_its_jobs(tmp_path, jobs, status):
    for number, (state, exit_status) in enumerate(jobs):
        make_job(tmp_path, str(number), [], state, exit_status=exit_status)
    assert worst_status(read_jobs(tmp_path)) == status


def test_the_table_shows_where_the_jobs_differ(sweep):
    console = pytest.importorskip("rich.console").Console(width=120, file=io.StringIO())
    console.print(leaderboard_table(write_leaderboard(sweep)))
    text = console.file.getvalue()
    assert "by validation.accuracy, highest first" in text
    assert "optimizer=lion" in text
    assert "seed=1" not in text
    assert text.index("lion") < text.index("adam") < text.index("sgd")
    assert all(word in text for word in ("0.99", "failed", "unknown"))


def test_text_of_an_override_is_no_markup(tmp_path):
    make_job(tmp_path, "0", ["export=[bold]", "a=1"], "finished")
    make_job(tmp_path, "1", ["export=[]", "a=1"], "finished")
    console = pytest.importorskip("rich.console").Console(width=120, file=io.StringIO())
    console.print(leaderboard_table(read_jobs(tmp_path)))
    assert "export=[bold]" in console.file.getvalue()


def test_an_unfinished_metrics_file_costs_only_the_metrics(sweep):
    (sweep / "0" / "metrics.json").write_text(json.dumps({"test": None, "train": {"loss": 1}}))
    assert read_jobs(sweep)[0].metrics == {"train.loss": 1.0}
