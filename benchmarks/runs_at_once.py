"""Start many runs with one directory at once: one of them trains, the others say whose it is.

python benchmarks/runs_at_once.py --runs 50 --json FILE

They are whole commands, started together; all but one end before anything heavy is imported.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SMALL = ("train.epochs=1", "export=[]", "model.layers.conv1.filters=2")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--json", type=Path, help="write the result to this file")
    args = parser.parse_args()
    begun = time.time()
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place, "run")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        commands = [
            [sys.executable, str(ROOT / "train.py"), *SMALL, f"seed={number}",
             f"hydra.run.dir={directory}"]
            for number in range(args.runs)
        ]  # fmt: skip
        started = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
            for command in commands
        ]  # fmt: skip
        ended = [(process.communicate(), process.returncode) for process in started]
        winners = [number for number, (_, status) in enumerate(ended) if status == 0]
        refused = [said for (_, said), status in ended if status == 2]
        named = [said for said in refused if "is in use by process" in said]
        late = [said for said in refused if "holds no run yet" in said]
        seed = f"seed: {winners[0]}\n" if winners else "none"
        whole = seed in (directory / "config.yaml").read_text()
        hydra = seed in (directory / ".hydra" / "config.yaml").read_text()
        before = _content(directory)
        last = subprocess.run(commands[0], env=environment, capture_output=True, text=True)
        untouched = last.returncode == 2 and _content(directory) == before
    result = {
        "runs_at_once": {
            "runs": args.runs,
            "trained": len(winners),
            "refused": len(refused),
            "refused_with_the_owner": len(named),
            "refused_after_its_end": len(late),
            "config_is_the_winners": whole and hydra,
            "a_later_run_changes_nothing": untouched,
            "seconds": round(time.time() - begun, 1),
        }
    }
    print(json.dumps(result, indent=2))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")
    fine = len(winners) == 1 and len(named) + len(late) == args.runs - 1
    return 0 if fine and whole and hydra and untouched else 1


def _content(directory: Path) -> dict[str, str]:
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(directory.rglob("*"))
        if file.is_file()
    }


if __name__ == "__main__":
    sys.exit(main())
