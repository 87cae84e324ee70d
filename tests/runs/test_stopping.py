from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from kerascfg.runs import Stop, StoppedError
from kerascfg.runs.stopping import listening

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_ends_work_that_does_not_look(number: int):
    with pytest.raises(StoppedError) as caught, listening(Stop()):
        os.kill(os.getpid(), number)
    assert caught.value.number == number


def test_a_signal_is_noted_where_the_work_looks_and_raised_at_its_end_at_the_latest():
    stop, reached = Stop(), False
    with pytest.raises(StoppedError), listening(stop), stop.deferring():
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGTERM)  # Slurm sends several; the first counts
        assert stop.asked == signal.SIGUSR1
        reached = True
    assert reached


def test_handlers_are_what_they_were_before():
    before = signal.getsignal(signal.SIGTERM)
    with listening(Stop()):
        pass
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_a_shell_has_told_the_process_to_ignore_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with listening(Stop()):
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_second_interrupt_ends_the_process_at_once():
    script = """
        import os, signal
        from kerascfg.runs import Stop
        from kerascfg.runs.stopping import listening
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop = Stop()
        with listening(stop), stop.deferring():
            os.kill(os.getpid(), signal.SIGINT)
            print("noted", flush=True)
            os.kill(os.getpid(), signal.SIGINT)
            print("still here", flush=True)
    """
    root = str(Path(__file__).parent.parent.parent)
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (-signal.SIGINT, "noted\n")
