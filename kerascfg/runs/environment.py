"""What a run ran on: versions, the state of its source code, devices, seed, data."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from kerascfg._version import __version__

PACKAGES = ("keras", "tensorflow", "numpy", "hydra-core", "omegaconf")


def describe_environment(
    seed: int | None,
    fingerprint: str | None,
    devices: Sequence[str],
    directory: Path | None = None,
) -> dict[str, Any]:
    """Return what `environment.json` holds; environment variables are never among it.

    Args:
        seed: the run's seed.
        fingerprint: the data's fingerprint.
        devices: the devices that the strategy uses.
        directory: whose git commit to name; the working directory when left out.
    """
    return {
        "versions": {
            "python": platform.python_version(),
            "kerascfg": __version__,
            **{name: _version_of(name) for name in PACKAGES},
        },
        "backend": _backend(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "git": describe_git(directory or Path.cwd()),
        "devices": list(devices),
        "seed": seed,
        "data_fingerprint": fingerprint,
    }


def describe_git(directory: Path) -> dict[str, Any] | None:
    """Return `{"commit", "dirty"}` of the checkout that holds a directory, None outside one.

    Dirty is what differs from the commit, new files included; what is written below `runs/` of
    the directory does not count, for every run writes there. `commit` is None before the first.
    """
    if _git(directory, "rev-parse", "--is-inside-work-tree") != "true":
        return None
    changed = _git(directory, "status", "--porcelain", "--", ":(top)", ":(exclude)runs")
    return {
        "commit": _git(directory, "rev-parse", "--verify", "HEAD"),
        "dirty": None if changed is None else changed != "",
    }


def _git(directory: Path, *arguments: str) -> str | None:
    """Return what git says, or None where there is no git or it refuses."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(directory), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _backend() -> str | None:
    """Return Keras's backend where Keras is loaded; loading it is not this room's to decide."""
    keras = sys.modules.get("keras")
    return keras.backend.backend() if keras is not None else None
