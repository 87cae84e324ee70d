"""The entry of `exports/manifest.json`: what was delivered, how it compares, or why it was not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from kerascfg.damages import DAMAGES
from kerascfg.errors import RunError
from kerascfg.exporting.workshop import write_json
from kerascfg.redacting import redacted

MANIFEST = "manifest.json"
Status = Literal["delivered", "refused", "failed"]


@dataclass(frozen=True)
class Port:
    """An input or output of an artefact.

    Attributes:
        name: its name in the artefact.
        shape: with the axis of samples first; None is an open axis.
        dtype: as NumPy spells it, or "string".
        model_name: its name in the model, where the format does not allow that one.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    model_name: str | None = None

    def entry(self) -> dict[str, Any]:
        """Return the port as it stands in the manifest."""
        entry = {"name": self.name, "shape": list(self.shape), "dtype": self.dtype}
        return entry | ({"model_name": self.model_name} if self.model_name else {})


@dataclass(frozen=True)
class File:
    """A delivered file; `path` is relative to the manifest's folder."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Delivery:
    """One target's outcome; every attribute is a key of the manifest.

    Attributes:
        target: its name in the config, and its folder below `exports/`.
        status: "delivered", "refused" (the target cannot hold this model, or cannot work here) or
            "failed" (it should have worked; nothing was delivered).
        reason: why not delivered, else empty; where a process failed, the end of its output is
            in the lines after the first, and where an error was not expected, its trace.
        notes: what its user has to know: where the artefact starts and ends, if it is not the
            whole model, and what could not be compared.
        files: what was delivered.
        inputs: what the artefact takes, by its own report.
        outputs: what it returns, likewise.
        cases: what was compared with Keras: "samples" are real ones, "zeros" to "nan" are records
            at the edge (`edges`), "one" and "odd" are batches of one sample and of an odd number.
        differences: case -> largest absolute difference, None where the answers cannot be compared;
            also of the cases that are reported alone.
        nan: whether the artefact answers NaN among its numbers as Keras does: "same", "differs" or
            "not answered"; None where the model takes no NaN.
        quantize: how weights or activations were reduced, or None.
        tolerance: the largest difference allowed.
        tolerance_reason: why that much.
        max_abs_diff: largest absolute difference from Keras, over all cases that are held to the
            tolerance.
        max_rel_diff: largest difference relative to the largest answer for the same sample.
        max_scaled_diff: largest difference as the tolerance weighs it: absolute for answers up to
            1, relative to the sample's largest beyond.
        cosine: smallest cosine between Keras's and the artefact's answers, over the outputs.
        top1_agreement: part of the real samples with the same first choice, None without classes.
        metric: the task's metric of the artefact on the real samples, None where none applies.
        metric_drop: how much worse that is than Keras's (negative: better).
        metric_reason: why there is no metric, empty where there is one or nothing was delivered.
        latency_ms: "p50" and "p95" of one sample in the artefact's runtime, without what stands
            before and behind it.
        latency: the same by number of samples and threads, in ms a call: entries of "batch",
            "threads" (None: the runtime's choice), "p50", "p95".
        load_ms: what opening the artefact takes in a process that has loaded the runtime.
        memory_bytes: by how much the process grew by loading the runtime, opening the artefact and
            answering one sample; None where the system does not tell.
        convert_seconds: what the target's own converter took.
        conversion_seconds: that, with dividing the model and writing what stands beside the
            artefact; without the start of its processes (two, where another backend of Keras
            converts) and loading the model there.
        seconds: what converting and verifying took, with the start of two processes.
        metadata: what stands in the artefact too, where its format allows; see `About.metadata`.
        keras_ms: median of `keras.Model.predict` on one sample.
        metric_name: name of the metric.
        usage: how the artefact is loaded; paths are relative to its folder.
        usage_language: what that code is in, as Markdown names it.
        kit: clients beside the artefact, in its folder `kit/` -> what kerascfg's own tests do with
            each: "run", "run, against declarations of ours", "compiled", "parsed" or "not checked".
        model_sha256: of the `model.keras` that was exported; None where an older version did.
    """

    target: str
    status: Status
    reason: str = ""
    notes: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    cases: tuple[str, ...] = ()
    differences: Mapping[str, float | None] = field(default_factory=dict)
    nan: str | None = None
    quantize: str | None = None
    tolerance: float | None = None
    tolerance_reason: str = ""
    max_abs_diff: float | None = None
    max_rel_diff: float | None = None
    max_scaled_diff: float | None = None
    cosine: float | None = None
    top1_agreement: float | None = None
    metric: float | None = None
    metric_drop: float | None = None
    metric_reason: str = ""
    latency_ms: Mapping[str, float] | None = None
    latency: tuple[Mapping[str, Any], ...] = ()
    load_ms: float | None = None
    memory_bytes: int | None = None
    convert_seconds: float | None = None
    conversion_seconds: float | None = None
    seconds: float = 0.0
    metadata: Mapping[str, str] = field(default_factory=dict)
    keras_ms: float | None = None
    metric_name: str | None = None
    usage: str = ""
    usage_language: str = "python"
    kit: Mapping[str, str] = field(default_factory=dict)
    model_sha256: str | None = None

    @property
    def size_bytes(self) -> int:
        """Return the size of what is delivered, without the kit beside it."""
        kit = f"{self.target}/kit/"
        return sum(file.size_bytes for file in self.files if not file.path.startswith(kit))

    def entry(self) -> dict[str, Any]:
        """Return the delivery as it stands in the manifest."""
        return asdict(self) | {
            "files": [asdict(file) for file in self.files],
            "inputs": [port.entry() for port in self.inputs],
            "outputs": [port.entry() for port in self.outputs],
        }


def describe_files(exports: Path, folder: Path) -> tuple[File, ...]:
    """Describe every file below `folder`, relative to `exports`."""
    return tuple(
        File(file.relative_to(exports).as_posix(), sha256_of(file), file.stat().st_size)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    )


def read_manifest(run_directory: Path) -> list[dict[str, Any]]:
    """Read the deliveries that a run directory's manifest lists; none where there is no manifest.

    Raises:
        RunError: the manifest cannot be read.
    """
    file = run_directory / "exports" / MANIFEST
    if not file.exists():
        return []
    with _undamaged(file):
        deliveries = json.loads(file.read_text(encoding="utf-8"))["deliveries"]
        return [_entry(entry) for entry in deliveries]


def _entry(entry: Any) -> dict[str, Any]:
    """Return an entry of the manifest; what its readers rely on is of its kind.

    A run directory may be a stranger's: no file of a delivery lies outside of its folder.

    Raises:
        ValueError, KeyError, TypeError: it is not as it was written.
    """
    target, files = entry["target"], entry.get("files") or []
    texts = (target, entry["status"], entry.get("reason", ""), *(entry.get("notes") or ()))
    texts += tuple(file[key] for file in files for key in ("path", "sha256"))
    sizes = [file["size_bytes"] for file in files]
    if not all(isinstance(text, str) for text in texts) or {*map(type, sizes)} - {int}:
        raise TypeError(f"an entry of {target!r} is of another kind")
    for path in (PurePosixPath(file["path"]) for file in files):
        if path.parts[:1] != (target,) or ".." in path.parts or "\\" in str(path):
            raise ValueError(f"{str(path)!r} lies outside of {target!r}")
    return dict(entry)


def read_deliveries(run_directory: Path) -> list[Delivery]:
    """Read the manifest as deliveries; what an older version did not write is as by default.

    Raises:
        RunError: the manifest cannot be read.
    """
    entries = read_manifest(run_directory)
    with _undamaged(run_directory / "exports" / MANIFEST):
        return [_delivery(entry) for entry in entries]


def _delivery(entry: Mapping[str, Any]) -> Delivery:
    known = {each.name for each in fields(Delivery)}
    said = {key: value for key, value in entry.items() if key in known}
    for key in ("notes", "cases", "latency"):
        said[key] = tuple(said.get(key) or ())
    said["files"] = tuple(File(**file) for file in entry.get("files") or ())
    for key in ("inputs", "outputs"):
        ports = entry.get(key) or ()
        said[key] = tuple(Port(**{**port, "shape": tuple(port["shape"])}) for port in ports)
    return Delivery(**said)


@contextmanager
def _undamaged(file: Path) -> Iterator[None]:
    """Say of a manifest that is not as it was written that it is damaged."""
    try:
        yield
    except DAMAGES as error:
        raise RunError(
            f"{file} is no manifest of deliveries ({type(error).__name__}: {error}); move it away "
            "and export again"
        ) from error


def write_manifest(run_directory: Path, deliveries: Iterable[Delivery]) -> None:
    """Merge deliveries into the manifest; what it says about other targets stays.

    A delivery replaces what was said about its target. A refusal or failure replaces only earlier
    refusals and failures: an older delivery of that target is still there, and stays described.
    """
    entries = read_manifest(run_directory)
    for delivery in deliveries:
        entries = [
            entry
            for entry in entries
            if entry["target"] != delivery.target
            or (entry["status"] == "delivered" and delivery.status != "delivered")
        ]
        entries.append(json.loads(redacted(json.dumps(delivery.entry()))))
    exports = run_directory / "exports"
    exports.mkdir(exist_ok=True)
    write_json(exports / MANIFEST, {"deliveries": entries})


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
