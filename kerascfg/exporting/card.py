"""`MODEL_CARD.md`: the model, its data, its metrics, its limits, and how each artefact is loaded.

It is made to be given away with the artefacts: of the config it says only what is named here, and
texts that name places of this machine lose them.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kerascfg._version import __version__
from kerascfg.exporting.about import About
from kerascfg.exporting.bench import processors
from kerascfg.exporting.delivery import Delivery, Port
from kerascfg.exporting.places import without_places
from kerascfg.exporting.table import number_text, size_text, targets_by_note, three
from kerascfg.redacting import redacted
from kerascfg.runs import write_text

CARD = "MODEL_CARD.md"


def write_card(run_directory: Path, about: About, deliveries: Sequence[Delivery]) -> Path:
    """Write `exports/MODEL_CARD.md` of a run.

    Args:
        run_directory: the finished run.
        about: what it says of itself.
        deliveries: all that its manifest lists.
    """
    made = [each for each in deliveries if each.status == "delivered"]
    sections = {
        "Data": _data(about),
        "Metrics": _metrics(about.metrics),
        "Limits": _limits(about, deliveries),
        "Deliveries": _deliveries(made),
        "How to load": [line for delivery in made for line in _loading(delivery)],
    }
    lines = [f"# {about.config.get('name') or 'Model'}", "", *_model(about)]
    for title, content in sections.items():
        if content:
            lines += ["", f"## {title}", "", *content]
    return write_text(run_directory / "exports" / CARD, redacted("\n".join(lines) + "\n"))


def _model(about: About) -> list[str]:
    task = about.config.get("task")
    optimizer = about.config.get("optimizer")
    kind = optimizer.get("type") if isinstance(optimizer, Mapping) else optimizer
    return [
        *([f"- task: {task}"] if task else []),
        *([f"- optimizer: {kind}"] if kind else []),
        f"- config.yaml: sha256 `{about.config_sha256}`",
        f"- exported by kerascfg {__version__}",
    ]


def _data(about: About) -> list[str]:
    """Return the section of the data, as training found it."""
    if not about.facts:
        return ["The run does not say: it was trained by a version that kept no facts.json."]
    data = about.config.get("data") or {}
    source = data.get("source")
    kind = source.get("type") if isinstance(source, Mapping) else source
    splits = about.facts["splits"]
    split = data.get("split") or {}
    by = split.get("by", "row") if isinstance(split, Mapping) else "row"
    seed = about.config.get("seed", 1)
    lines = [
        *([f"- source: `{kind}`"] if kind else []),
        f"- samples: {', '.join(f'{count:,} {name}' for name, count in splits.items())}",
        f"- split: by {by}, seed {seed}",
        f"- fingerprint: `{about.facts['fingerprint']}`",
        *(f"- {without_places(note)}" for note in about.facts["notes"]),
        "",
    ]
    rows = [
        (role, name, spec["dtype"], _shape(spec["shape"]), ", ".join(spec.get("classes", ())))
        for role, specs in (("feature", "features"), ("target", "targets"))
        for name, spec in about.facts[specs].items()
    ]
    return [*lines, *_table(("", "name", "dtype", "shape of a sample", "classes"), rows)]


def _metrics(measured: Mapping[str, Mapping[str, float | None]]) -> list[str]:
    names = list(dict.fromkeys(name for values in measured.values() for name in values))
    rows = [
        (split, *(number_text(values.get(name), ".4f") for name in names))
        for split, values in measured.items()
    ]
    return _table(("split", *names), rows) if rows else []


def _limits(about: About, deliveries: Sequence[Delivery]) -> list[str]:
    """Return what the numbers do not say, and what is to be known of single artefacts."""
    lines = [
        "- The metrics hold for data that is drawn as the test split was. Other sources, changes "
        "over time and groups within the data were not measured.",
        "- Each artefact was run in its own runtime, without Keras, and compared with Keras on "
        "real samples of the run and on edge cases; `manifest.json` lists each case with its "
        "difference.",
    ]
    if not about.facts:
        lines.append("- The names of the classes are not known.")
    for note, targets in targets_by_note(deliveries).items():
        lines.append(f"- {', '.join(targets)}: {without_places(note)}")
    for delivery in deliveries:
        if delivery.status == "delivered" and delivery.metric is None:
            reason = without_places(delivery.metric_reason)
            lines.append(f"- {delivery.target}: no metric was taken: {reason}")
        if delivery.status != "delivered":
            reason = without_places(delivery.reason.partition("\n")[0])
            lines.append(f"- {delivery.target}: {delivery.status}: {reason}")
    return lines


def _deliveries(made: Sequence[Delivery]) -> list[str]:
    """Return the table of what was delivered, and where its times were taken."""
    if not made:
        return ["Nothing was delivered."]
    metric = next((each.metric_name for each in made if each.metric_name), "metric")
    rows = [
        (
            each.target,
            each.quantize or "",
            size_text(each.size_bytes),
            number_text(each.load_ms, ".1f"),
            *(three(each.latency_ms[key]) if each.latency_ms else "" for key in ("p50", "p95")),
            "" if each.memory_bytes is None else size_text(each.memory_bytes),
            _parity(each),
            number_text(each.metric, ".4f"),
            number_text(each.metric_drop, ".4f"),
        )
        for each in made
    ]
    head = (
        *("target", "quantised", "size", "load ms", "p50 ms", "p95 ms", "memory"),
        *("max diff (allowed)", metric.replace("_", " "), "drop"),
    )
    relative = "Differences are relative to the sample's largest answer where that is over 1."
    places = f"{platform.system()} {platform.machine()} with {processors()} processors"
    return [*_table(head, rows), "", f"{relative} Times are of one sample, on {places}."]


def _parity(delivery: Delivery) -> str:
    """Spell the largest difference and what is allowed."""
    if delivery.max_scaled_diff is None or delivery.tolerance is None:
        return ""
    return f"{delivery.max_scaled_diff:.1e} ({delivery.tolerance:.0e})"


def _loading(delivery: Delivery) -> list[str]:
    """Return how an artefact is loaded, what it takes and what it returns."""
    rows = [
        (role, f"`{port.name}`", port.dtype, _shape(port.shape), _labels(delivery, port))
        for role, ports in (("input", delivery.inputs), ("output", delivery.outputs))
        for port in ports
    ]
    fence = f"```{delivery.usage_language}"
    usage = [fence, *delivery.usage.splitlines(), "```", ""] if delivery.usage else []
    return [
        f"### {delivery.target}",
        "",
        *(f"In `{delivery.target}/`:", ""),
        *usage,
        *_table(("", "name", "dtype", "shape", "classes"), rows),
        "",
    ]


def _labels(delivery: Delivery, port: Port) -> str:
    labels = json.loads(delivery.metadata.get("labels", "{}"))
    return ", ".join(labels.get(port.model_name or port.name, ()))


def _shape(shape: Iterable[int | None]) -> str:
    return " x ".join("any" if size is None else str(size) for size in shape) or "one value"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """Return a Markdown table; columns that are empty in every row are left out."""
    rows = [[str(cell).replace("|", r"\|").replace("\n", " ") for cell in row] for row in rows]
    kept = [place for place in range(len(head)) if any(row[place] for row in rows)]
    shown = [[line[place] for place in kept] for line in (head, ["---"] * len(head), *rows)]
    return [f"| {' | '.join(cells)} |" for cells in shown]
