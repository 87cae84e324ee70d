"""What `debug=profile` says."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_the_shares_are_those_of_the_whole_and_the_largest_gives_the_advice():
    from kerascfg.training.callbacks.profile import summary

    spent = {"executing": 6.0, "callbacks": 0.5, "validation": 1.0}
    said = summary(10.0, spent, waiting=4.5, executions=20)
    assert said.splitlines() == [
        "10.0 s traced, 20 executions",
        " 45.0%  input: waiting for batches",
        " 25.0%  Python: Keras between two executions",
        " 15.0%  step: computing",
        " 10.0%  validation",
        "  5.0%  callbacks, progress and history",
        "the steps wait for data: data.cache=memory or disk, smaller files, or less in "
        "data.augment may help",
    ]


def test_a_profiled_run_has_a_trace_and_says_where_the_time_went(tmp_path: Path):
    from rich.console import Console

    from kerascfg import load
    from kerascfg.interpreter import train
    from kerascfg.runs import create_run, ending

    config = load(["debug=profile", "model=mlp", "train.epochs=4"])
    run = create_run(tmp_path / "run")
    console = Console(record=True, width=120, quiet=False, file=(tmp_path / "screen").open("w"))
    with ending(run):
        train(config, run, console)
    assert list(run.path("profile/trace").rglob("*.xplane.pb"))
    said = run.path("profile/summary.txt").read_text()
    assert "step: computing" in said
    assert said.splitlines()[0] in console.export_text()
