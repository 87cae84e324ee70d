from __future__ import annotations

import shlex

import pytest

from kerascfg.errors import (
    ConfigError,
    Problem,
    did_you_mean,
    override,
    print_problems,
    unknown_key,
)


def test_a_config_error_says_all_its_problems():
    error = ConfigError(
        [Problem("a", "expected 1", "think", "a=1", "x.yaml:3"), Problem("b", "no")]
    )
    assert str(error) == "a (x.yaml:3): expected 1\n  hint: think\n  fix:  a=1\nb: no"
    assert ConfigError(Problem("a", "x")).problems == (Problem("a", "x"),)


@pytest.mark.parametrize(
    ("word", "meant"), [("filterz", "filters"), ("FILTERS", "filters"), ("q", None), ("", None)]
)
def test_the_nearest_word_is_meant(word: str, meant: str | None):
    assert did_you_mean(word, ["filters", "kernel_size"]) == meant


def test_an_unknown_key_is_given_its_right_spelling_and_value():
    problem = unknown_key("optimizer", "learning_rat", ["learning_rate"], "an argument", 0.1)
    assert problem.path == "optimizer.learning_rat"
    assert problem.fix == "optimizer.learning_rate=0.1"


def test_a_misspelled_group_over_one_value_is_fixed_at_the_value():
    problem = unknown_key("", "modle", ["model"], "a group", {"layers": {"conv1": {"filters": 3}}})
    assert problem.fix == "model.layers.conv1.filters=3"


def test_a_value_that_says_nothing_is_no_fix():
    assert unknown_key("", "modle", ["model"], "a group", {}).fix is None


@pytest.mark.parametrize("key", [True, 3, None])
def test_a_key_that_yaml_did_not_read_as_text_is_to_be_quoted(key: object):
    problem = unknown_key("node", key, ["trainable", "name"], "an argument", 1)
    assert problem.fix is None
    assert "quote the key" in (problem.hint or "")


VALUES = [
    "a", "", " a", "a b", "a  b", "5", "1e-4", "null", "True", "nan", "$data.classes", "$(2 * x)",
    "Grüße", "a=b", "a,b", "it's", 'say "hi"', '\\"', "x\\", "C:\\data\\", "C:\\a b", "[1]", "{a}",
    "a:b", "a#b", "~x", "/tmp/a b", ".classes", "1.5.2", "a!b", "${x}", None, True, 3, 1e-5, -0.1,
    [1, 2], ["a", "b c", "d,e"], [], {"type": "Adam", "names": ["x"], "rate": 0.1}, {},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_an_override_survives_the_shell_and_hydras_grammar(value: object):
    from hydra.core.override_parser.overrides_parser import OverridesParser

    (word,) = shlex.split(override("a.b", value))
    parsed = OverridesParser.create().parse_override(word)
    assert parsed.key_or_group == "a.b"
    assert parsed.value() == value
    assert type(parsed.value()) is type(value)


def test_problems_are_printed_where_what_and_the_way_out(capsys: pytest.CaptureFixture[str]):
    print_problems(
        [Problem("a.b", "expected [1]", "think", "a.b=1", "x.yaml:3"), Problem("c", "no")]
    )
    assert capsys.readouterr().err == (
        "2 problems in the configuration; nothing was started.\n"
        "\n  a.b  (x.yaml:3)\n    expected [1]\n    hint: think\n    fix:  a.b=1\n"
        "\n  c\n    no\n"
    )
