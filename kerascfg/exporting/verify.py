"""Are the files of a delivery those that were delivered? Nothing of them is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerascfg.errors import display
from kerascfg.exporting.delivery import read_manifest, sha256_of


def unlike_manifest(exports: Path, entry: Mapping[str, Any]) -> str | None:
    """Say which file of a delivery is not as its manifest describes it, None where all are.

    Args:
        exports: the folder of the manifest.
        entry: the delivery's entry there.
    """
    for file in entry["files"]:
        path = exports / file["path"]
        if path.is_symlink() or not path.is_file():
            received = "it is not there"
        elif path.stat().st_size != file["size_bytes"]:
            received = f"{path.stat().st_size} bytes instead of {file['size_bytes']}"
        elif sha256_of(path) != file["sha256"]:
            received = "another content (SHA-256)"
        else:
            continue
        return f"expected {display(path)} as its manifest describes it. Received: {received}"
    return None


def check_deliveries(run_directory: Path) -> dict[str, str | None]:
    """Compare every delivery of a run with the manifest.

    Returns:
        The target's name -> what is not as described, None where all is.

    Raises:
        RunError: the manifest cannot be read.
    """
    exports = run_directory / "exports"
    return {
        entry["target"]: unlike_manifest(exports, entry)
        for entry in read_manifest(run_directory)
        if entry["status"] == "delivered"
    }
