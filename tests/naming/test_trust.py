from __future__ import annotations

from pathlib import Path

import pytest

from kerascfg.errors import ConfigError
from kerascfg.naming.trust import (
    allowed_roots,
    find_project,
    how_to_allow,
    listed_plugins,
    trust,
)


def list_plugins(folder: Path, text: str = 'plugins = ["my_pkg"]') -> None:
    (folder / "pyproject.toml").write_text(f"[tool.kerascfg]\n{text}\n")
    listed_plugins.cache_clear()


def test_nothing_of_the_users_is_allowed_at_first(project: Path):
    assert allowed_roots() == ()


def test_what_a_folder_lists_is_allowed_only_when_it_is_trusted(project: Path):
    list_plugins(project)
    assert allowed_roots() == ()
    assert "kerascfg trust" in how_to_allow("my_pkg")
    assert trust(project) == ("my_pkg",)
    assert allowed_roots() == ("my_pkg",)


def test_a_package_listed_later_has_to_be_trusted_anew(project: Path):
    list_plugins(project)
    trust(project)
    list_plugins(project, 'plugins = ["my_pkg", "other"]')
    assert allowed_roots() == ("my_pkg",)


def test_a_package_taken_off_the_list_is_allowed_no_more(project: Path):
    list_plugins(project)
    trust(project)
    list_plugins(project, "plugins = []")
    assert allowed_roots() == ()


def test_trust_in_one_folder_is_none_in_another(project: Path, monkeypatch: pytest.MonkeyPatch):
    list_plugins(project)
    trust(project)
    other = project.parent / "other"
    other.mkdir()
    list_plugins(other)
    monkeypatch.chdir(other)
    assert allowed_roots() == ()


def test_trust_holds_in_the_folders_below(project: Path, monkeypatch: pytest.MonkeyPatch):
    list_plugins(project)
    trust(project)
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    assert find_project(Path.cwd()) == project
    assert allowed_roots() == ("my_pkg",)


def test_the_environment_allows_too(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KERASCFG_PLUGINS", "one, two three")
    assert allowed_roots() == ("one", "two", "three")


def test_python_itself_is_allowed_by_nobody(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KERASCFG_PLUGINS", "os my_pkg subprocess")
    assert allowed_roots() == ("my_pkg",)
    list_plugins(project, 'plugins = ["os"]')
    trust(project)
    assert allowed_roots() == ("my_pkg",)


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "3", '{"/": 3}', "null"])
def test_a_damaged_list_trusts_nothing_and_can_be_written_anew(
    project: Path, monkeypatch: pytest.MonkeyPatch, text: str
):
    home = project.parent / "home"
    home.mkdir()
    (home / "trusted.json").write_text(text)
    list_plugins(project)
    assert allowed_roots() == ()
    trust(project)
    assert allowed_roots() == ("my_pkg",)


@pytest.mark.parametrize("text", ["plugins = 'my_pkg'", "plugins = [3]", "plugins = [", "= x"])
def test_a_wrong_list_says_where(project: Path, text: str):
    list_plugins(project, text)
    with pytest.raises(ConfigError) as error:
        allowed_roots()
    assert "pyproject.toml" in (error.value.problems[0].place or "")


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nkerascfg = 3", "[project]\nname = 'x'"])
def test_a_file_that_lists_nothing_is_fine(project: Path, text: str):
    (project / "pyproject.toml").write_text(text)
    assert allowed_roots() == ()
