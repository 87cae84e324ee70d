"""What passes between an export and its processes: a job in, an answer out, as JSON files."""

from __future__ import annotations

import json
import os
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerascfg.errors import ConfigError, RunError
from kerascfg.exporting.processes import end_group
from kerascfg.exporting.refusing import first_line
from kerascfg.exporting.target import Lacking, Refused, build_target
from kerascfg.exporting.tools import tool_named
from kerascfg.exporting.workshop import write_json

ASKED = "asked.json"
"""What the process that asks Keras writes, beside rows and reference of the whole model."""
ROWS, REFERENCE, CONVERTED = "rows.npz", "reference.npz", "converted.json"
"""What the worker writes into the job's folder: those of what the artefact holds."""
ANSWERS, PROBED = "answers.npz", "probed.json"
"""What the probe writes there."""

_WATCH_SECONDS = 0.5


@dataclass(frozen=True)
class Job:
    """One target of one export.

    Attributes:
        run_directory: the finished run.
        node: the target's node.
        path: where that stands in the config.
        folder: the target's place in the workshop.
    """

    run_directory: Path
    node: Any
    path: str
    folder: Path

    @property
    def asked(self) -> Path:
        """Return the folder of what Keras was asked, which all jobs of an export share."""
        return self.folder.parent / ".asked"

    @property
    def artefact(self) -> Path:
        """Return the folder that becomes the delivery."""
        return self.folder / "artefact"

    def write(self) -> Path:
        """Write the job into its folder, which is made, and return the file."""
        self.folder.mkdir()
        file = self.folder / "job.json"
        places = {"run_directory": str(self.run_directory), "folder": str(self.folder)}
        write_json(file, {**places, "node": self.node, "path": self.path})
        return file


def read_job(file: Path) -> Job:
    """Read a job."""
    job = json.loads(file.read_text(encoding="utf-8"))
    return Job(Path(job["run_directory"]), job["node"], job["path"], Path(job["folder"]))


def end_with_parent() -> None:
    """End this process and what it started when the export is gone, killed say."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_SECONDS)
        end_group(os.getpid())
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def answer(file: Path, work: Callable[[Job], dict[str, Any]], name: str) -> None:
    """Do a job and write the answer beside it: what `work` returned, or why it could not."""
    job = read_job(file)
    end_with_parent()
    try:
        result = {"status": "done", **work(job)}
    except Refused as refusal:
        lacking = isinstance(refusal, Lacking)
        result = {"status": "refused", "reason": str(refusal), "lacking": lacking}
    except (ConfigError, RunError) as error:
        result = {"status": "failed", "reason": str(error), "told": True}
    except Exception as error:
        traceback.print_exc()
        if isinstance(error, ImportError) and (way_out := brought_by(error, job)):
            reason = f"`{error.name}` cannot be imported ({first_line(str(error))}); {way_out}"
            result = {"status": "refused", "reason": reason, "lacking": False}
        else:
            result = {"status": "failed", "reason": named(error)}
    write_json(job.folder / name, result)


def brought_by(error: ImportError, job: Job) -> str | None:
    """Say what brings the package that could not be imported, None where none is at fault.

    That is a package that the job's target requires, or one of its tools: it was found, or the
    target would not have been started, but it may be half of it that is here.
    """
    if job.node is None or error.name is None:
        return None
    target, package = build_target(job.node, job.path), error.name.partition(".")[0]
    if package in target.requires:
        return f"pip install {target.requires[package]}"
    for tool in map(tool_named, target.tools):
        if package in tool.modules:
            return f"make it again: {tool.making}"
    return None


def named(error: Exception) -> str:
    """Return an unexpected error's type and the first line of what it says."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"
