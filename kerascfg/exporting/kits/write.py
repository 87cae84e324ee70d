"""Fill a kit's templates with what the certificate compared."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerascfg import naming
from kerascfg.exporting.arrays import read_arrays
from kerascfg.exporting.foreign import Foreign, foreign_objects
from kerascfg.exporting.jobs import REFERENCE, ROWS
from kerascfg.exporting.kits import KITS, SCALED, Client
from kerascfg.exporting.kits.fillings import escaped, fillings
from kerascfg.exporting.kits.golden import first_records, golden_count, write_golden
from kerascfg.exporting.targets.keras import FILE as KERAS_FILE
from kerascfg.exporting.workshop import write_json

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.delivery import Delivery
    from kerascfg.exporting.order import Order

KIT = "kit"
"""Name of the folder beside an artefact."""
LABELS = "labels.json"
SERVED_NAME = "model"
"""What a server calls a model whose target names none."""
_TEMPLATES = Path(__file__).parent
_MOST_NAMES = 20
_FILLED = re.compile(r"@([a-z_]+)@")


def deliver_kit(order: Order, delivery: Delivery, samples: int) -> dict[str, str]:
    """Write the kit of an artefact that has passed its certificate.

    Args:
        order: what was asked for, and the folder in which its processes left what they found.
        delivery: what was found; its ports are those of the artefact.
        samples: how many of the records that were compared are real samples.

    Returns:
        File of the kit -> how it was checked; empty where the target has no kit.
    """
    kind, arguments = naming.split_node(order.job.node) or ("", {})
    if kind not in KITS:
        return {}
    folder = order.job.folder
    rows = read_arrays(folder / ROWS)
    count = golden_count(rows, samples, delivery.inputs[0].shape[0])
    fed = first_records(rows, delivery.inputs, count)
    expected = first_records(read_arrays(folder / REFERENCE), delivery.outputs, count)
    artefact = order.job.artefact
    return write_kit(
        kind,
        delivery,
        fed,
        expected,
        artefact / KIT,
        served_name=arguments.get("name", SERVED_NAME),
        foreign=foreign_objects(artefact / KERAS_FILE) if kind == "keras" else (),
    )


def write_kit(
    kind: str,
    delivery: Delivery,
    fed: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    kit: Path,
    *,
    served_name: str = SERVED_NAME,
    foreign: Collection[Foreign] = (),
) -> dict[str, str]:
    """Write a kit into a folder, which is made.

    Args:
        kind: name of the target's function, of `KITS`.
        delivery: gives names, shapes, dtypes, tolerance and notes.
        fed: input of the artefact -> golden records, in the order of its inputs.
        expected: output -> what Keras answers to them, likewise.
        kit: the folder.
        served_name: what a server calls the model.
        foreign: what Keras lacks of the model, where Keras loads it.

    Returns:
        File of the kit -> how it was checked.
    """
    write_golden(kit / "golden", fed, expected, delivery.tolerance or 0.0)
    labels = json.loads(delivery.metadata.get("labels", "{}"))
    if labels:
        write_json(kit / LABELS, labels)
    values = fillings(delivery, fed, expected, served_name, foreign)
    refused = {
        client: why for client in KITS[kind] if (why := lacks(client, delivery, fed, expected))
    }
    written = [client for client in KITS[kind] if client not in refused]
    for name in {name: None for client in written for name in client.files}:
        (kit / name).write_text(filled(template(kind, name), values), encoding="utf-8")
    values |= {"clients": _listed(written, refused), "notes": _notes(delivery, labels)}
    readme = filled(template(kind, "README.md"), values)
    (kit / "README.md").write_text(readme, encoding="utf-8")
    return {client.files[0]: client.checked for client in written}


def template(kind: str, name: str) -> str:
    """Return a template: the target's own, else the shared one."""
    own = _TEMPLATES / kind / name
    file = own if own.exists() else _TEMPLATES / "shared" / name
    return file.read_text(encoding="utf-8")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Replace each @name@ of a template; a name that has no value is an error of the template."""
    return _FILLED.sub(lambda found: values[found[1]], text)


def lacks(
    client: Client,
    delivery: Delivery,
    fed: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
) -> str | None:
    """Say why a client cannot be written for this model, or None."""
    for ports, arrays, can, verb in (
        (delivery.inputs, fed, client.takes, "takes"),
        (delivery.outputs, expected, client.returns, "returns"),
    ):
        for port in ports:
            said = f"the artefact {verb} `{escaped(port.name)}`"
            if port.dtype not in can:
                return f"{said} of dtype {port.dtype}"
            is_text = arrays[port.name].dtype.kind in "UO"
            if not is_text and arrays[port.name].dtype != port.dtype and SCALED not in can:
                return f"{said} as {SCALED} of dtype {port.dtype}"
    return None


def _listed(written: Sequence[Client], refused: Mapping[Client, str]) -> str:
    """Return the README's table of clients."""
    lines = ["| platform | client | self-test | checked |", "|---|---|---|---|"]
    for client in written:
        lines.append(
            f"| {client.platform} | `{client.files[0]}` | {client.test} | {client.checked} |"
        )
    for client, reason in refused.items():
        lines.append(f"| {client.platform} | none: {reason} | | |")
    return "\n".join(lines)


def _notes(delivery: Delivery, labels: Mapping[str, Sequence[str]]) -> str:
    """Return what a client's writer has to know, as a list."""
    notes = [*delivery.notes] or ["the whole model"]
    for output, names in labels.items():
        places = f"the places of `{escaped(output)}` are the classes"
        if len(names) > _MOST_NAMES:
            notes.append(f"{places} of `{LABELS}`")
        else:
            notes.append(f"{places} {json.dumps(names, ensure_ascii=False)[1:-1]} (`{LABELS}`)")
    return "".join(f"- {' '.join(note.split())}\n" for note in notes)
