"""What `export=all` takes, and where.

    python benchmarks/exporting.py runs/digits_cnn/TIME [--json FILE] [export=all]

The run is copied, and exported from with `export.py`; what the manifest says is told by target:
seconds in all, seconds of the converter itself, and the whole conversion (dividing the model,
converting, writing what stands beside the artefact) as a multiple of that. `keras.predict` and the
artefact's median call with one sample stand side by side.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Print the table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(description="Measure an export of all targets.")
    parser.add_argument("run", type=Path)
    parser.add_argument("overrides", nargs="*", default=["export=all"])
    parser.add_argument("--json", type=Path)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        shutil.copytree(said.run, run, ignore=shutil.ignore_patterns("exports", "checkpoints"))
        began = time.perf_counter()
        command = [sys.executable, str(ROOT / "export.py"), f"run={run}", *said.overrides]
        done = subprocess.run(command, cwd=ROOT, check=False)
        seconds = time.perf_counter() - began
        manifest = json.loads((run / "exports" / "manifest.json").read_text(encoding="utf-8"))
    results: dict[str, dict[str, Any]] = {
        "all": {"seconds": seconds, "exit_status": done.returncode},
        **{entry["target"]: measured(entry) for entry in manifest["deliveries"]},
    }
    for name, numbers in results.items():
        print(
            f"{name:20}", *(f"{key} {_spelled(value)}" for key, value in numbers.items()), sep="  "
        )
    if said.json:
        said.json.write_text(json.dumps(results, indent=2) + "\n")


def measured(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers of one delivery."""
    numbers = {"status": entry["status"], "seconds": entry["seconds"]}
    if entry["convert_seconds"] is None:
        return numbers
    numbers |= {
        "convert_seconds": entry["convert_seconds"],
        "conversion": entry["conversion_seconds"] / entry["convert_seconds"],
    }
    if entry["latency_ms"] is None:  # what runs it is not here
        return numbers
    p50 = entry["latency_ms"]["p50"]
    return numbers | {"p50_ms": p50, "times_keras": entry["keras_ms"] / p50}


def _spelled(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
