import pytest

from kerascfg.cli import main


@pytest.mark.parametrize("argv", [["gpu"], ["--make"], ["--json", "--make", "torch"]])
def test_arguments_that_mean_nothing_are_told(argv, capsys):
    assert main(["doctor", *argv]) == 2
    assert "expected nothing, --json, or --make NAME" in capsys.readouterr().err


def test_an_unknown_tool_is_told_with_the_known_ones(capsys):
    assert main(["doctor", "--make", "pytorch"]) == 2
    told = capsys.readouterr().err
    assert "torch" in told
    assert "Received: pytorch" in told
