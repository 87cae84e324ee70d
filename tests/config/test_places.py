from __future__ import annotations

from pathlib import Path

import pytest

from kerascfg.config.places import Layer, Places
from kerascfg.errors import Problem


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def of(*layers: tuple[str, str], stated=(), chosen=()) -> Places:
        made = []
        for index, (package, text) in enumerate(layers):
            file = tmp_path / f"{index}.yaml"
            file.write_text(text)
            made.append(Layer(file, package))
        return Places(tuple(made), tuple(stated), tuple(chosen))

    return of


def test_keys_are_placed_below_their_package(places):
    found = places(("model", "layers:\n  a:\n    units: 3\n  b: [1,\n    2]"))
    assert found.of("model.layers.a.units") == "0.yaml:3"
    assert found.of("model.layers.b.1") == "0.yaml:5"
    assert found.of("model") == "0.yaml:1"
    assert found.of("optimizer") is None


def test_a_key_that_nobody_wrote_is_placed_at_the_nearest_above(places):
    assert places(("model", "\nlayers:\n  a: {type: X}")).of("model.layers.a.units") == "0.yaml:3"


def test_a_value_is_placed_where_it_was_last_written(places):
    found = places(("", "a: {x: 1, y: 2}"), ("", "\na:\n  x: 3"))
    assert found.of("a.x") == "1.yaml:3"
    assert found.of("a.y") == "0.yaml:1"
    assert found.of("a") == "0.yaml:1"


def test_a_replaced_node_is_placed_where_it_was_replaced(places):
    found = places(("", "a: {type: X, x: 1}"), ("", "\na:\n  type: Y"))
    assert found.of("a.x") == "1.yaml:2"
    assert found.dropped() == {"a.x": "0.yaml:1"}


def test_the_command_line_comes_last(places):
    layer = ("", "a: {type: X, x: 1}\nb: 2")
    found = places(layer, stated=["b", "new.key", "a.type"], chosen=["model"])
    for path in ("b", "new", "new.key", "a", "a.type", "a.x", "model"):
        assert found.of(path) == "command line", path
    assert found.dropped() == {"a.x": "0.yaml:1"}


def test_a_key_that_yaml_reads_as_true_is_found(places):
    assert places(("", "a: 1\non: 2")).of("True") == "0.yaml:2"


def test_problems_without_a_place_are_given_theirs(places):
    found = places(("", "a: 1")).locate([Problem("a", "x"), Problem("a", "y", place="there")])
    assert [problem.place for problem in found] == ["0.yaml:1", "there"]


def test_files_elsewhere_are_spelled_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "x.yaml"
    file.write_text("a: 1")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert Places((Layer(file, ""),), ()).of("a") == f"{file}:1"
