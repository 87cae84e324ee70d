from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from kerascfg.naming import read_settings


@dataclass(frozen=True)
class Split:
    train: float = 0.8
    by: Literal["row", "group"] = "row"


@dataclass(frozen=True)
class Settings:
    size: int
    rate: float = 0.1
    name: str | None = None
    flag: bool = False
    names: list[str] | None = None
    by_name: dict[str, int] = field(default_factory=dict)
    node: dict[str, Any] | str | None = None
    split: Split = Split()


def paths(given: Any) -> list[str]:
    return [problem.path for problem in read_settings(Settings, given, "group")[1]]


def test_a_good_mapping_becomes_settings_with_defaults():
    given = {"size": 3, "rate": 1, "names": ["a"], "split": {"by": "group"}, "node": "X"}
    settings, problems = read_settings(Settings, given, "group")
    assert problems == []
    assert settings == Settings(3, 1.0, None, False, ["a"], {}, "X", Split(0.8, "group"))
    assert isinstance(settings.rate, float)


def test_all_mistakes_are_found_at_once():
    given = {"rate": "x", "nam": 3, "flag": 1, "names": [1], "split": {"by": "rows", "tran": 1}}
    assert sorted(paths(given)) == [
        "group.flag", "group.nam", "group.names", "group.rate", "group.size",
        "group.split.by", "group.split.tran",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value"),
    [("size", 3.0), ("size", "3"), ("size", True), ("size", None), ("size", "???"),
     ("rate", True), ("name", 3), ("by_name", {"a": "x"}), ("by_name", []), ("node", 3),
     ("split", 3), ("split", None)],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused(key: str, value: Any):
    assert paths({"size": 1, key: value}) == [f"group.{key}"]


def test_a_misspelled_choice_is_suggested():
    _, (problem,) = read_settings(Split, {"by": "grup"}, "data.split")
    assert problem.fix == "data.split.by=group"


def test_nothing_stands_for_an_empty_mapping():
    assert read_settings(Split, None, "data.split") == (Split(), [])


def test_what_is_no_mapping_says_so():
    assert paths([1]) == ["group"]
    assert paths("text") == ["group"]
