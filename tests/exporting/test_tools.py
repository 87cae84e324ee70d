"""Tools made of one small package, really installed by pip from a wheel that the test writes."""

import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from kerascfg.errors import RunError
from kerascfg.exporting.order import missing_here
from kerascfg.exporting.processes import Step, run_steps
from kerascfg.exporting.target import Target
from kerascfg.exporting.tools import (
    TOOLS,
    Tool,
    lacking,
    make,
    make_tool,
    missing_tools,
    overlaid,
    tool_folder,
)
from kerascfg.exporting.tools.table import made_folder, missing_parts
from kerascfg.exporting.workshop import locked


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASCFG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A folder in which pip finds wheels, as its user's own settings may say."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return folder


def write_wheel(folder: Path, name: str, code: str) -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", code)
        wheel.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: not-to-be-had\n",
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def pinned(folder: Path, *modules: str, requirements: str) -> Tool:
    folder.mkdir(exist_ok=True)
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
    return Tool("small", "a small package", modules, 1, note="look into its note", pins=folder)


@pytest.fixture
def small(tmp_path, wheels):
    write_wheel(wheels, "smalltool", "answer = 42\n")
    return pinned(tmp_path / "pins", "smalltool", requirements="smalltool==1.0\n")


def test_a_tool_is_made_without_its_dependencies_and_is_then_there(small, cache):
    said = []
    assert made_folder(small) is None
    folder = make(small, said.append)
    assert made_folder(small) == folder
    assert folder.parent == cache / "tools"
    assert said == [
        "making small: a small package, about 1 MB",
        "look into its note",
        f"small is made: {folder}",
    ]


def test_a_tool_that_is_made_is_not_made_again(small):
    folder = make(small, lambda line: None)
    made = folder.stat().st_mtime_ns
    said = []
    assert make(small, said.append) == folder
    assert folder.stat().st_mtime_ns == made
    assert said == [f"small is made already: {folder}"]


def test_other_pins_are_another_tool(small, tmp_path):
    make(small, lambda line: None)
    pinned(tmp_path / "pins", "smalltool", requirements="smalltool==1.1\n")
    assert made_folder(small) is None


def test_a_tool_that_lost_its_package_is_made_anew(small):
    package = make(small, lambda line: None) / "python" / "smalltool"
    (package / "__init__.py").unlink()
    package.rename(package.with_name("gone"))
    assert made_folder(small) is None
    make(small, lambda line: None)
    assert (package / "__init__.py").exists()


def test_a_tool_is_whole_when_every_file_that_is_taken_of_it_is_there(wheels, tmp_path):
    write_wheel(wheels, "smalltool", "")
    of_it = "python/smalltool/__init__.py"
    tool = replace(
        pinned(tmp_path / "pins", requirements="smalltool==1.0\n"), modules=(), files=(of_it,)
    )
    folder = make(tool, lambda line: None)
    assert made_folder(tool) == folder
    (folder / of_it).unlink()
    assert made_folder(tool) is None
    make(tool, lambda line: None)
    assert made_folder(tool) == folder
    assert [place.name for place in folder.parent.glob("*/")] == [folder.name]


def test_what_lacks_a_file_after_its_install_is_no_tool(wheels, tmp_path):
    write_wheel(wheels, "smalltool", "")
    tool = replace(
        pinned(tmp_path / "pins", "smalltool", requirements="smalltool==1.0\n"),
        files=("python/smalltool/other.py",),
    )
    with pytest.raises(RunError, match=r"parts of it are missing: python/smalltool/other.py"):
        make(tool, lambda line: None)


def test_a_broken_tool_stays_where_it_is_until_another_works(small, wheels):
    folder = make(small, lambda line: None)
    code = folder / "python" / "smalltool" / "__init__.py"
    code.write_text("raise OSError", encoding="utf-8")
    (wheel,) = wheels.glob("*.whl")
    wheel.rename(wheel.with_suffix(".away"))
    with pytest.raises(RunError, match="could not be made"):
        make(small, lambda line: None)
    assert code.read_text(encoding="utf-8") == "raise OSError"
    wheel.with_suffix(".away").rename(wheel)
    make(small, lambda line: None)
    assert code.read_text(encoding="utf-8") == "answer = 42\n"
    assert [place.name for place in folder.parent.glob("*/")] == [folder.name]


def test_a_tool_that_takes_too_long_is_not_made_again(small):
    folder = make(small, lambda line: None)
    code = folder / "python" / "smalltool" / "__init__.py"
    code.write_text("import time; time.sleep(60)", encoding="utf-8")
    with pytest.raises(RunError, match=r"is made, and smalltool did not answer in 1 s"):
        make(small, lambda line: None, limit_seconds=1)
    assert "sleep" in code.read_text(encoding="utf-8")


def test_what_making_takes_is_asked_for_before(small, monkeypatch):
    (small.pins / "package.json").write_text("{}", encoding="utf-8")
    monkeypatch.setenv("PATH", "")
    assert lacking(small) == "npm, which installs it, is not on PATH; install Node.js with npm"
    said = []
    with pytest.raises(RunError, match=r"npm.* is not on PATH; first: install Node.js with npm"):
        make(small, said.append)
    assert said == []


def test_what_pip_says_of_a_package_that_is_not_to_be_had_is_told(wheels, tmp_path):
    tool = pinned(tmp_path / "pins", "smalltool", requirements="smalltool==1.0\n")
    with pytest.raises(RunError) as caught:
        make(tool, lambda line: None)
    message = str(caught.value)
    assert "the tool small could not be made" in message
    assert "look into its note" in message
    assert "smalltool==1.0" in message
    assert list(tool.place.parent.glob("*/")) == []


def test_what_cannot_be_imported_is_no_tool(wheels, tmp_path):
    write_wheel(wheels, "smalltool", "raise OSError('a library is missing')\n")
    tool = pinned(tmp_path / "pins", "smalltool", requirements="smalltool==1.0\n")
    with pytest.raises(RunError, match=r"installed and does not work[\s\S]*a library is missing"):
        make(tool, lambda line: None)
    assert made_folder(tool) is None


def test_two_processes_do_not_make_the_same_tool(small):
    small.place.parent.mkdir(parents=True)
    with small.place.with_suffix(".lock").open("a+b") as lock:
        assert locked(lock)
        with pytest.raises(RunError, match="is being made by another process"):
            make(small, lambda line: None)


def test_a_step_finds_the_tools_packages_first_and_its_backend(small, tmp_path, monkeypatch):
    folder = make(small, lambda line: None)
    code = "import os, smalltool\nprint(smalltool.answer, os.environ['KERAS_BACKEND'])"
    (tmp_path / "step_look.py").write_text(code, encoding="utf-8")
    (tmp_path / "smalltool.py").write_text("answer = 'of another'", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    step = Step("a", "step_look", tmp_path, tmp_path / "log", tools=(folder,), backend="torch")
    (ended,) = run_steps([step], 1)
    assert ended.tail() == "42 torch"


def test_what_node_looks_into_is_extended_where_a_tool_has_it(tmp_path):
    (tmp_path / "node_modules").mkdir()
    environment = overlaid({"NODE_PATH": "own", "PYTHONPATH": "own"}, [tmp_path])
    assert environment["NODE_PATH"] == f"{tmp_path / 'node_modules'}{os.pathsep}own"
    assert environment["PYTHONPATH"] == "own"


def test_a_target_whose_tool_is_not_made_is_refused_with_the_command_that_makes_it(monkeypatch):
    tool = Tool(
        "absent", "a package nobody has", ("nobody_has_this",), 30, pins=Path(__file__).parent
    )
    monkeypatch.setattr("kerascfg.exporting.tools.table.TOOLS", (*TOOLS, tool))

    def unused(*args):
        raise AssertionError

    target = Target(convert=unused, open=unused, tolerance=0.0, tools=("absent",))
    assert missing_here(target) == (
        "it needs a package nobody has, which is kept apart; make it once: "
        "kerascfg doctor --make absent (about 30 MB)"
    )


def test_a_tool_whose_modules_are_installed_need_not_be_made(monkeypatch):
    tool = Tool("here", "packages that are here", ("json",), 1, pins=Path(__file__).parent)
    monkeypatch.setattr("kerascfg.exporting.tools.table.TOOLS", (tool,))
    assert tool_folder("here") is None
    assert missing_tools(["here"]) is None


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_pins_of_every_tool_are_exact_and_name_no_host(tool):
    files = tool.pin_files()
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "://" not in text
        if file.name == "requirements.txt":
            lines = [line for line in text.splitlines() if line and not line.startswith("#")]
            assert all("==" in line for line in lines)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_says_by_what_it_is_whole(tool, tmp_path):
    assert missing_parts(tool, tmp_path)


def test_an_unknown_name_is_told_with_the_known_ones():
    with pytest.raises(RunError, match=r"expected the name of a tool: torch.*Received: 'tortch'"):
        make_tool("tortch")


def test_the_command_line_tells_the_names():
    ran = subprocess.run(
        [sys.executable, "-m", "kerascfg.exporting.tools"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("expected the name of a tool: torch")
