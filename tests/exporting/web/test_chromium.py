import stat

import pytest

from kerascfg.exporting.order import missing_program
from kerascfg.exporting.target import Refused, Target
from kerascfg.exporting.web.chromium import find_chromium


@pytest.fixture
def nothing_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    for variable in ("KERASCFG_CHROMIUM", "CHROME_PATH"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def program(folder, name):
    file = folder / name
    file.write_text("#!/bin/sh\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


def test_without_a_browser_it_is_said_what_to_install(nothing_installed):
    with pytest.raises(Refused, match="install chromium or set KERASCFG_CHROMIUM"):
        find_chromium()


def test_a_browser_on_the_path_is_found(nothing_installed):
    chrome = program(nothing_installed, "google-chrome")
    assert find_chromium() == chrome


def test_what_the_environment_states_comes_first(nothing_installed, monkeypatch):
    program(nothing_installed, "chromium")
    monkeypatch.setenv("CHROME_PATH", program(nothing_installed, "mine"))
    assert find_chromium() == str(nothing_installed / "mine")


def test_a_stated_program_that_is_not_there_is_not_replaced(nothing_installed, monkeypatch):
    program(nothing_installed, "chromium")
    monkeypatch.setenv("KERASCFG_CHROMIUM", "/nowhere/chrome")
    with pytest.raises(Refused, match=r"KERASCFG_CHROMIUM names no program .* '/nowhere/chrome'"):
        find_chromium()


def test_a_target_whose_program_is_not_here_is_refused_before_anything_is_converted(
    nothing_installed,
):
    target = Target(convert=print, open=print, tolerance=0.0, programs=(find_chromium,))
    assert "there is no Chromium on PATH; install chromium" in (missing_program(target) or "")
    program(nothing_installed, "chromium")
    assert missing_program(target) is None
