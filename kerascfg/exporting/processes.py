"""Steps in processes of their own: converters crash, and runtimes must not help each other."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kerascfg.exporting.bench import processors
from kerascfg.exporting.tools import overlaid

_POLL_SECONDS = 0.02
_TAIL_LINES = 20
_TAIL_WIDTH = 200
_MOST_AT_ONCE = 4


@dataclass(frozen=True)
class Step:
    """A module to run with a file as its argument; what it prints goes to `log`.

    `tools` are the folders of tool environments whose packages it finds first, `backend` is the
    one that Keras takes, if it is imported at all.
    """

    key: str
    module: str
    argument: Path
    log: Path
    tools: tuple[Path, ...] = ()
    backend: str = "tensorflow"


@dataclass(frozen=True)
class Ended:
    """How a step's process ended."""

    step: Step
    status: int
    seconds: float

    def death(self) -> str | None:
        """Say how the process died, or None where it ended by itself with status 0."""
        return how_it_ended(self.status)

    def tail(self) -> str:
        """Return the end of what the process printed."""
        text = self.step.log.read_text(encoding="utf-8", errors="replace")
        lines = [line.rstrip()[:_TAIL_WIDTH] for line in text.splitlines() if line.strip()]
        return "\n".join(lines[-_TAIL_LINES:])


def how_it_ended(status: int) -> str | None:
    """Say how a process died, or None where it ended by itself with status 0."""
    if status == 0:
        return None
    if status > 0:
        return f"its process ended with status {status}"
    number = -status
    names = {item.value: item.name for item in signal.Signals}
    name = names.get(number, f"signal {number}")
    meaning = (signal.strsignal(number) or "").lower()
    hint = "; the machine may have run out of memory" if name == "SIGKILL" else ""
    return f"its process was ended by {name} ({meaning}{hint})"


def run_steps(steps: Sequence[Step], at_once: int) -> Iterator[Ended]:
    """Run steps, at most so many at once, and yield each when it has ended.

    Whatever stops the iteration (Ctrl-C, an error), no process is left behind.
    """
    waiting, running = list(steps), dict[Step, tuple[subprocess.Popen[bytes], float]]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                step = waiting.pop(0)
                running[step] = (_start(step), time.perf_counter())
            for step, (process, began) in list(running.items()):
                status = process.poll()
                if status is not None:
                    del running[step]
                    end_group(process.pid)  # one that crashed leaves what it started
                    yield Ended(step, status, time.perf_counter() - began)
            time.sleep(_POLL_SECONDS)
    finally:
        _stop(process for process, _ in running.values())


def processes_at_once() -> int:
    """Return how many conversions the machine takes at once: one a core, few for its memory."""
    return min(processors(), _MOST_AT_ONCE)


def _start(step: Step) -> subprocess.Popen[bytes]:
    with step.log.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", step.module, str(step.argument)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(step),
            start_new_session=True,
        )


def _environment(step: Step) -> dict[str, str]:
    """Return the environment of a step: this kerascfg, its tools, no GPU, few words.

    The parent may hold all of a GPU's memory, and its arithmetic differs from a CPU's by more
    than a faithful conversion does. Temporary files lie beside the log, in the workshop: what a
    killed step leaves of them is swept with it.
    """
    scratch = str(step.log.parent)
    environment = {
        **importable(dict(os.environ)),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch),
        "PYTHONFAULTHANDLER": "1",
        "PYTHONUNBUFFERED": "1",
        "KERAS_BACKEND": step.backend,
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    return overlaid(environment, step.tools)


def importable(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which Python finds this very kerascfg."""
    paths = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    root = Path(__file__).parents[2]
    if root.name not in ("site-packages", "dist-packages"):  # those come after Python's own
        paths.insert(0, str(root))
    return {**environment, "PYTHONPATH": os.pathsep.join(paths)}


def end_group(leader: int) -> None:
    """Kill what there is of a step's process and of all that it started, a browser say.

    Windows has no such groups: there what a step started ends by itself, or stays.
    """
    if sys.platform != "win32":
        # None is there, or (macOS) only such as have ended already.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)


def _stop(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        end_group(process.pid)
        process.kill()
        process.wait()
