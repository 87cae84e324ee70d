"""What a run ran on: versions, the state of its source code, devices, seed, data."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path
from typing import Any

from kerascfg._version import __version__

PACKAGES = ("keras", "tensorflow", "numpy", "hydra-core", "omegaconf")
SETTINGS = (
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "OMP_NUM_THREADS",
    "NVIDIA_TF32_OVERRIDE",
)
"""Environment variables by which the same program computes other bits; none holds a secret."""
_HASHED = 2**20


def describe_environment(
    seed: int | None,
    fingerprint: str | None,
    devices: Sequence[str],
    directory: Path | None = None,
) -> dict[str, Any]:
    """Return what `environment.json` holds; of environment variables only `SETTINGS`.

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
            **{package: _version_of(package) for package in PACKAGES},
        },
        "backend": _backend(),
        **describe_machine(),
        "git": describe_git(directory or Path.cwd()),
        "devices": list(devices),
        "seed": seed,
        "data_fingerprint": fingerprint,
        "packages": describe_packages(),
    }


def describe_machine() -> dict[str, Any]:
    """Return what of a machine, and of its settings, may change the bits of a result."""
    return {
        "platform": platform.platform(),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "settings": {name: os.environ[name] for name in SETTINGS if name in os.environ},
    }


def describe_packages() -> dict[str, str]:
    """Return name and version of every installed package that `versions` does not name."""
    found: dict[str, str] = {}
    for package in distributions():
        name = package.metadata["Name"]
        if name and name.lower() not in found:  # the first is the one that is imported
            found[name.lower()] = package.version
    told = (*PACKAGES, "kerascfg")
    return {name: found[name] for name in sorted(found) if name not in told}


def describe_git(directory: Path) -> dict[str, Any] | None:
    """Return `{"commit", "dirty", "changes"}` of the checkout that holds a directory, else None.

    Dirty is what differs from the commit, new files included; what is written below `runs/` of
    the directory does not count, for every run writes there. `commit` is None before the first.
    `changes` is a sha256 over what differs, so that two dirty checkouts can be told apart.
    """
    if _git(directory, "rev-parse", "--is-inside-work-tree") != "true":
        return None
    changed = _git(directory, "status", "--porcelain", "--", ":(top)", ":(exclude)runs")
    return {
        "commit": _git(directory, "rev-parse", "--verify", "HEAD"),
        "dirty": None if changed is None else changed != "",
        "changes": _changes(directory, changed) if changed else None,
    }


def _changes(directory: Path, changed: str) -> str:
    """Hash what differs from the commit; of large new files, data most likely, only the sizes."""
    digest = hashlib.sha256(changed.encode())
    where = ("--", ":(top)", ":(exclude)runs")
    digest.update((_git(directory, "diff", "HEAD", "--binary", *where) or "").encode())
    top = Path(_git(directory, "rev-parse", "--show-toplevel") or directory)
    new = _git(directory, "ls-files", "-z", "--others", "--exclude-standard", "--full-name", *where)
    for name in filter(None, (new or "").split("\0")):
        file = top / name
        if file.is_file():
            size = file.stat().st_size
            digest.update(f"\0{name}\0{size}\0".encode())
            digest.update(file.read_bytes() if size <= _HASHED else b"")
    return digest.hexdigest()


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


def _processor() -> str:
    """Return the processor's model, by which libraries choose their instructions."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def _backend() -> str | None:
    """Return Keras's backend where Keras is loaded; loading it is not this room's to decide."""
    keras = sys.modules.get("keras")
    return keras.backend.backend() if keras is not None else None
