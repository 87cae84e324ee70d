import os
import sys

import pytest

from kerascfg.exporting.tools.trying import Trouble, try_import


def environment(folder, **more):
    return {**os.environ, "PYTHONPATH": str(folder), **more}


def package(folder, code):
    (folder / "sick").mkdir()
    (folder / "sick" / "__init__.py").write_text(code, encoding="utf-8")
    return environment(folder)


def test_a_package_that_imports_is_well(tmp_path):
    assert try_import("sick", package(tmp_path, "print('hello')")) is None


def test_a_missing_shared_library_is_told(tmp_path):
    code = "raise ImportError('libsick.so.1: cannot open shared object file')"
    told = try_import("sick", package(tmp_path, code))
    assert told == Trouble("ImportError: libsick.so.1: cannot open shared object file")


def test_an_import_that_hangs_is_given_up(tmp_path):
    told = try_import("sick", package(tmp_path, "import time; time.sleep(60)"), limit_seconds=0.5)
    assert told == Trouble("did not answer in 0.5 s", unanswered=True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_an_import_that_crashes_is_told(tmp_path):
    code = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    assert try_import("sick", package(tmp_path, code)) == Trouble(
        "its process was ended by SIGSEGV"
    )


def test_the_folder_that_an_uninstall_left_is_no_package(tmp_path):
    (tmp_path / "sick" / "data").mkdir(parents=True)
    told = try_import("sick", environment(tmp_path))
    assert told == Trouble(
        "there is a folder sick of no package, as one that was removed leaves it"
    )


def test_a_package_without_a_file_of_its_own_is_one_where_it_was_installed(tmp_path):
    (tmp_path / "sick").mkdir()
    installed = tmp_path / "sick-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: sick\nVersion: 1.0\n")
    (installed / "top_level.txt").write_text("sick\n")
    (installed / "RECORD").write_text("")
    assert try_import("sick", environment(tmp_path)) is None
