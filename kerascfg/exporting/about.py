"""What a finished run says of itself, as artefacts and their users need it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg._version import __version__
from kerascfg.damages import DAMAGES, config_in
from kerascfg.errors import RunError

if TYPE_CHECKING:
    from kerascfg.exporting.delivery import Port
    from kerascfg.exporting.servable import Servable

FACTS, METRICS = "facts.json", "metrics.json"
_KNOWN = ("splits", "features", "targets", "fingerprint", "notes")
"""What `facts.json` holds."""


@dataclass(frozen=True)
class About:
    """A run by what is written in its directory.

    Attributes:
        config: its resolved config; empty where the directory holds none.
        config_sha256: of the file `config.yaml`.
        facts: of its data, as training found them (`facts.json`); empty where an older version has
            trained.
        metrics: split -> metric -> value (`metrics.json`), None where that is not finite; empty
            where the directory holds none.
    """

    config: Mapping[str, Any]
    config_sha256: str
    facts: Mapping[str, Any]
    metrics: Mapping[str, Mapping[str, float | None]]

    def labels(self, learnt: Sequence[Port]) -> dict[str, list[str]]:
        """Return output -> names of the classes that its last axis counts.

        An output of one number between two classes has two names; one without classes is not there.

        Args:
            learnt: the outputs that were learnt from targets.
        """
        named = {
            target: entry["classes"]
            for target, entry in self.facts.get("targets", {}).items()
            if entry.get("classes")
        }
        only = len(learnt) == len(self.facts.get("targets", {})) == 1
        found = {}
        for port in learnt:
            names = next(iter(named.values()), None) if only else named.get(port.name)
            places = port.shape[-1] if len(port.shape) > 1 else 1
            if names and places in (len(names), 1 if len(names) == 2 else None):
                found[port.name] = list(names)
        return found

    def metadata(self, model: Servable) -> dict[str, str]:
        """Return what is written into an artefact: text by key, lists and mappings as JSON.

        The keys: `kerascfg_version`, `config_sha256`, `inputs` and `outputs` (name, shape, dtype
        of each), and where the run knows them `run`, `task` and `labels` (output -> names).
        """
        labels = self.labels([port for port in model.outputs if port.name in model.learnt])
        texts = {
            "kerascfg_version": __version__,
            "run": self.config.get("name"),
            "task": self.config.get("task"),
            "config_sha256": self.config_sha256,
            "inputs": _as_json(_entries(model.inputs)),
            "outputs": _as_json(_entries(model.outputs)),
            "labels": _as_json(labels) if labels else None,
        }
        return {key: str(text) for key, text in texts.items() if text}


def read_about(run_directory: Path) -> About:
    """Read what a run's directory says.

    Raises:
        RunError: a file is damaged.
    """
    config = run_directory / "config.yaml"
    try:
        content = config.read_bytes() if config.exists() else b""
    except OSError as error:
        raise RunError(f"{config} cannot be read: {error.strerror}") from error
    said = config_in(content, config) if content else {}
    facts, metrics = (_read(run_directory / name) for name in (FACTS, METRICS))
    if facts and (missing := [key for key in _KNOWN if key not in facts]):
        raise RunError(f"{run_directory / FACTS} cannot be read: it lacks {', '.join(missing)}")
    if not all(isinstance(values, dict) for values in metrics.values()):
        raise RunError(f"{run_directory / METRICS} cannot be read: expected metrics by split")
    return About(said, hashlib.sha256(content).hexdigest(), facts, metrics)


def _read(file: Path) -> dict[str, Any]:
    """Return the JSON object in a file, an empty one where there is no file."""
    try:
        read = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except DAMAGES as error:
        raise RunError(f"{file} cannot be read: {error}") from error
    if not isinstance(read, dict):
        raise RunError(f"{file} cannot be read: expected a JSON object. Received: {read!r:.50}")
    return read


def _entries(ports: tuple[Port, ...]) -> list[dict[str, Any]]:
    return [port.entry() for port in ports]


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
