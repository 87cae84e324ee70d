import pytest

from kerascfg.training.checkpoints import read_checkpoint


@pytest.mark.parametrize(
    ("every", "seconds", "steps"),
    [
        ("60s", 60, None),
        ("1.5h", 5400, None),
        ("2m", 120, None),
        (50, None, 50),
        (None, None, None),
    ],
)
def test_a_time_or_a_number_of_steps_is_read(every, seconds, steps):
    settings, problems = read_checkpoint({"every": every})
    assert problems == []
    assert settings is not None
    assert (settings.seconds, settings.steps) == (seconds, steps)


@pytest.mark.parametrize("every", ["60", "often", 0, -1, "1:00"])
def test_what_is_neither_is_refused_with_an_example(every):
    settings, (problem,) = read_checkpoint({"every": every})
    assert settings is None
    assert problem.path == "checkpoint.every"
    assert problem.fix == "checkpoint.every=60s"


def test_left_out_it_is_a_minute():
    settings, _ = read_checkpoint(None)
    assert settings is not None
    assert settings.seconds == 60
