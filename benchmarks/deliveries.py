"""Eight models, delivered to every target: what each cell of the table says, and why.

    python benchmarks/deliveries.py [--models lstm,gru] [--json FILE] [export=[litert,onnx]]
    python benchmarks/deliveries.py --models "" --json FILE --docs docs/deliveries.md

Each model is trained for ten epochs on real data (scikit-learn's digits, an image of 8x8 read as 8
steps of 8 numbers where a sequence is wanted, and its wine as a table with a text), then delivered
with `export.py`. Printed are the largest differences from Keras, or the reasons. The JSON file
holds the whole entries of each manifest; what it holds of other models and targets stays, so that
the table can be made in parts. `--docs` writes the table into a page, between its marks.
`kerascfg doctor` says which targets work here before.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

ROOT = Path(__file__).parent.parent

_DIGITS = ["data=digits"]
_TICKETS = [
    *("model=two_inputs", "task=null", "data=npz", "data.source.path={folder}/tickets.npz"),
    "data.target=[urgent,team]",
    "loss={{urgent: BinaryCrossentropy, team: SparseCategoricalCrossentropy}}",
]
_WINE = ["model=tabular", "data=csv", "data.source.path={folder}/wine.csv", "data.target=kind"]
_STEPS = "steps: {type: Reshape, target_shape: [8, 8]}"
MODELS: dict[str, tuple[list[str], str]] = {
    "cnn": (
        _DIGITS,
        """
        scale: {type: Rescaling, scale: 0.0625}
        conv1: {type: Conv2D, filters: 8, kernel_size: 3, padding: same, activation: gelu}
        norm: BatchNormalization
        pool: MaxPooling2D
        conv2: {type: Conv2D, filters: 16, kernel_size: 3, activation: gelu}
        flat: Flatten
        head: Dense
        """,
    ),
    "mobilenet": (
        _DIGITS,
        """
        resize: {type: Resizing, height: 32, width: 32}
        colour: {type: Concatenate, inputs: [resize, resize, resize]}
        scale: {type: Rescaling, scale: 0.125, offset: -1}
        backbone:
          type: keras.applications.MobileNetV2
          include_top: false
          weights: null
          input_shape: [32, 32, 3]
          alpha: 0.35
        gap: GlobalAveragePooling2D
        head: Dense
        """,
    ),
    "lstm": (_DIGITS, f"{_STEPS}\nencoded: {{type: LSTM, units: 16}}\nhead: Dense"),
    "gru": (
        _DIGITS,
        f"{_STEPS}\nmask: Masking\nencoded: {{type: GRU, units: 16}}\nhead: Dense",
    ),
    "bidirectional": (
        _DIGITS,
        f"""
        {_STEPS}
        encoded: {{type: Bidirectional, layer: {{type: LSTM, units: 8}}}}
        head: Dense
        """,
    ),
    "transformer": (
        _DIGITS,
        f"""
        {_STEPS}
        embed: {{type: Dense, units: 16}}
        place: PositionEmbedding
        attend:
          type: MultiHeadAttention
          inputs: {{query: place, value: place}}
          num_heads: 2
          key_dim: 8
        add1: {{type: Add, inputs: [place, attend]}}
        norm1: LayerNormalization
        wide: {{type: Dense, units: 32, activation: gelu}}
        narrow: {{type: Dense, units: 16}}
        add2: {{type: Add, inputs: [norm1, narrow]}}
        gap: GlobalAveragePooling1D
        head: Dense
        """,
    ),
    "several": (_TICKETS, ""),
    "table": (_WINE, ""),
}
"""Overrides of the default config, and the layers where these do not choose a model."""
EVERYTHING = [
    "export=all",
    *(f"export.{name}.max_drop=0.02" for name in ("litert_int8", "litert_int8_io", "tflm_int8")),
    "export.onnx_int8={type: onnx, quantize: int8, max_drop: 0.02}",
    "export.openvino_int8={type: openvino, quantize: int8, max_drop: 0.02}",
    "export.coreml_weights_int8={type: coreml, quantize: weights_int8, max_drop: 0.02}",
    "export.keras_int8={type: keras, quantize: int8, max_drop: 0.02}",
]
"""Every target of `conf/export`, and int8 in every format that has it, held to the metric."""
BEGIN, END = "<!-- made by benchmarks/deliveries.py -->", "<!-- end -->"
"""The marks in a page between which the table stands."""


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description="Deliver eight models to every target.")
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--docs", type=Path)
    parser.add_argument("overrides", nargs="*", default=EVERYTHING)
    said = parser.parse_args()
    known = said.json and said.json.exists()
    results: dict[str, dict[str, Any]] = json.loads(said.json.read_text()) if known else {}
    with tempfile.TemporaryDirectory() as folder:
        write_data(Path(folder))
        for name in filter(None, said.models.split(",")):
            run = Path(folder) / name
            train(name, Path(folder), run)
            results[name] = results.get(name, {}) | deliver(run, said.overrides)
            if said.json:
                said.json.write_text(json.dumps(results, indent=2) + "\n")
    results = {name: results[name] for name in MODELS if name in results}
    print_table(results)
    if said.docs:
        write_docs(results, said.docs)


def write_data(folder: Path) -> None:
    """Write wine as a table with a text, and digits as two features with two targets."""
    import numpy as np
    from sklearn.datasets import load_digits, load_wine

    wine = load_wine()
    names = [*(name.replace("/", "_") for name in wine.feature_names), "colour", "kind"]
    lines = [",".join(names)]
    colours = np.digitize(wine.data[:, 9], np.quantile(wine.data[:, 9], [0.3, 0.7]))
    for row, colour, kind in zip(wine.data, colours, wine.target, strict=True):
        gap = ["", *map(str, row[1:])] if len(lines) % 20 == 0 else map(str, row)
        lines.append(",".join([*gap, ("pale", "red", "deep")[colour], f"kind{kind}"]))
    (folder / "wine.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    digits = load_digits()
    quarters = digits.images.reshape(-1, 2, 4, 2, 4).mean(axis=(2, 4)).reshape(-1, 4)
    np.savez(
        folder / "tickets.npz",
        facts=quarters.astype("float32"),
        words=digits.data[:, 16:32].astype("int32"),
        urgent=(digits.target >= 5).astype("float32"),
        team=digits.target % 5,
    )


def train(name: str, folder: Path, run: Path) -> None:
    """Train a model in a process of its own."""
    overrides, layers = MODELS[name]
    told = [each.format(folder=folder) for each in overrides]
    if layers:
        model = folder / "conf" / "model" / f"{name}.yaml"
        model.parent.mkdir(parents=True, exist_ok=True)
        model.write_text(f"layers:\n{indent(dedent(layers), '  ')}\n", encoding="utf-8")
        told.append(f"model={name}")
    told += [
        "train.epochs=10",
        "data.batch_size=32",
        "optimizer.learning_rate=0.003",
        "export=[]",
        f"hydra.run.dir={run}",
    ]
    train = [sys.executable, "-m", "kerascfg", "train", *told]
    subprocess.run(train, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)


def deliver(run: Path, overrides: list[str]) -> dict[str, Any]:
    """Deliver from a run; returns the entries of its manifest by target."""
    command = [sys.executable, str(ROOT / "export.py"), f"run={run}", *overrides]
    subprocess.run(command, cwd=ROOT, check=False)
    manifest = json.loads((run / "exports" / "manifest.json").read_text(encoding="utf-8"))
    return {entry["target"]: entry for entry in manifest["deliveries"]}


def print_table(results: dict[str, dict[str, Any]]) -> None:
    """Print the largest difference of each delivery, and below why there is none."""
    targets = sorted({target for each in results.values() for target in each})
    print(f"{'':22}", *(f"{name:>13}" for name in results))
    for target in targets:
        cells = (cell(each.get(target)) for each in results.values())
        print(f"{target:22}", *(f"{text:>13}" for text in cells))
    for name, each in results.items():
        for target, entry in sorted(each.items()):
            if entry["status"] != "delivered":
                print(f"\n{name}, {target} {entry['status']}: {entry['reason'].splitlines()[0]}")


def write_docs(results: dict[str, dict[str, Any]], page: Path) -> None:
    """Write the table into a page of Markdown, and below it the reasons of the refusals."""
    targets = sorted({target for each in results.values() for target in each})
    lines = [f"| | {' | '.join(results)} |", f"|---|{'---|' * len(results)}"]
    reasons: dict[str, int] = {}
    for target in targets:
        cells = []
        for each in results.values():
            entry = each.get(target)
            text = cell(entry)
            if entry and entry["status"] != "delivered":
                reason = entry["reason"].splitlines()[0]
                text += f" [{reasons.setdefault(reason, len(reasons) + 1)}]"
            elif entry and entry["quantize"] and entry["metric_drop"] is not None:
                text += f" ({entry['metric_drop']:+.3f})"
            cells.append(text)
        lines.append(f"| `{target}` | {' | '.join(cells)} |")
    lines += ["", *(f"{number}. {reason}" for reason, number in reasons.items())]
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(f"{BEGIN}\n")
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"expected the marks {BEGIN} and {END} in {page}")
    made = "\n".join(lines).rstrip()
    page.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")


def cell(entry: dict[str, Any] | None) -> str:
    """Spell one outcome."""
    if entry is None:
        return ""
    return f"{entry['max_abs_diff']:.1e}" if entry["status"] == "delivered" else entry["status"]


if __name__ == "__main__":
    main()
