from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kerascfg.quiet import quiet_stderr


def test_what_native_code_writes_is_held_back(capfd):
    with quiet_stderr():
        os.write(2, b"oneDNN custom operations are on\n")
    assert capfd.readouterr().err == ""


def test_it_is_shown_when_something_goes_wrong(capfd):
    with pytest.raises(ImportError), quiet_stderr():
        os.write(2, b"libcudart.so: cannot open\n")
        raise ImportError
    assert capfd.readouterr().err == "libcudart.so: cannot open\n"


def test_a_user_who_asks_for_tensorflow_s_notes_gets_them(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    with quiet_stderr():
        os.write(2, b"a note\n")
    assert capfd.readouterr().err == "a note\n"


@pytest.mark.slow
def test_tensorflow_starts_without_a_word():
    code = "from kerascfg.quiet import start_tensorflow; start_tensorflow()"
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
