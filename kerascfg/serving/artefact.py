"""The delivery that is served, found and compared with its manifest before anything is loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kerascfg.errors import COMMAND_LINE, ConfigError, Problem, display
from kerascfg.exporting import read_manifest, unlike_manifest
from kerascfg.exporting.serving import NAMES

Kind = Literal["saved_model", "litert"]

NAME = "model"
"""What TensorFlow Serving's own container calls a model that nobody named."""

_NAMED = re.compile(rf'^\s*name: "({NAMES.pattern})"', re.MULTILINE)


@dataclass(frozen=True)
class Artefact:
    """A delivered artefact whose files are those that were delivered.

    Attributes:
        target: its name in the manifest.
        kind: what it is.
        path: the version's folder of a SavedModel, the file of a LiteRT model.
        version: the number of the version.
        name: what its delivery says that a server calls it.
        notes: what its user has to know, as the manifest says.
    """

    target: str
    kind: Kind
    path: Path
    version: int
    name: str
    notes: tuple[str, ...]


def find_artefact(run_directory: Path, target: str | None) -> Artefact:
    """Find what is to be served and compare its files with the manifest.

    Args:
        run_directory: the run.
        target: name of the delivery, or None for the first of those that can be served, a
            SavedModel before others.

    Raises:
        ConfigError: there is none, or its files are not those that were delivered.
    """
    deliveries = {entry["target"]: entry for entry in read_manifest(run_directory)}
    exports = run_directory / "exports"
    found = {
        name: artefact
        for name, entry in deliveries.items()
        if entry["status"] == "delivered" and (artefact := _artefact(exports, entry))
    }
    by_default = sorted(found, key=lambda name: found[name].kind != "saved_model")
    chosen = target or next(iter(by_default), None)
    if chosen not in found:
        raise ConfigError(_missing(run_directory, target, deliveries, by_default))
    if problem := _difference(exports, deliveries[chosen], run_directory):
        raise ConfigError(problem)
    return found[chosen]


def _artefact(exports: Path, entry: Mapping[str, Any]) -> Artefact | None:
    """Read from a delivery's files what it is, None where it is nothing that is served here."""
    name = entry["target"]
    notes = tuple(entry.get("notes", ()))
    paths = [Path(file["path"]).relative_to(name) for file in entry["files"]]
    versions = [
        int(path.parts[0])
        for path in paths
        if path.name == "saved_model.pb" and len(path.parts) == 2 and path.parts[0].isdecimal()
    ]
    if versions:
        version = max(versions)
        folder = exports / name / str(version)
        return Artefact(name, "saved_model", folder, version, _said_name(folder.parent), notes)
    files = [path for path in paths if path.suffix == ".tflite" and len(path.parts) == 1]
    if len(files) == 1:
        return Artefact(name, "litert", exports / name / files[0], 1, NAME, notes)
    return None


def _said_name(folder: Path) -> str:
    """Return the model's name in the `models.config` that was delivered beside it."""
    file = folder / "serving" / "models.config"
    said = _NAMED.search(file.read_text(encoding="utf-8")) if file.is_file() else None
    return said[1] if said else NAME


def _missing(
    run: Path, target: str | None, deliveries: Mapping[str, Any], served: list[str]
) -> Problem:
    """Say why there is nothing to serve, and how there would be."""
    export = f"python export.py run={display(run)} export=[{{}}]"
    listed = ", ".join(served) or "none"
    if target is None or (target not in deliveries and not served):
        message = f"expected a delivered SavedModel or LiteRT file. Received: {display(run)}"
        return _problem(message, export.format("saved_model"))
    if target not in deliveries:
        message = f"expected a delivery that can be served ({listed}). Received: target={target}"
        return _problem(message, export.format(target))
    status = deliveries[target]["status"]
    if status != "delivered":
        reason = (deliveries[target]["reason"].splitlines() or [""])[0]
        message = f"expected a delivery. Received: target={target}, which was {status}: {reason}"
        return _problem(message, f"can be served: {listed}")
    message = f"expected a SavedModel or a LiteRT file. Received: target={target}"
    return _problem(message, f"can be served: {listed}")


def _difference(exports: Path, entry: Mapping[str, Any], run: Path) -> Problem | None:
    """Say which file is not the one that was delivered, or None."""
    if (message := unlike_manifest(exports, entry)) is None:
        return None
    again = f"python export.py run={display(run)} export=[{entry['target']}]"
    return _problem(message, f"deliver it again: {again}")


def _problem(message: str, hint: str) -> Problem:
    return Problem("target", message, hint=hint, place=COMMAND_LINE)
