"""CPU time of `kerascfg check` over the corpus of wrong configs: the whole command, start included.

python benchmarks/checking.py --json FILE        every case
python benchmarks/checking.py --count 12         some of them, evenly spread
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.corpus.cases import ROOT, Case, wrong_cases


def measure(case: Case, bytecode: Path) -> float:
    """Return seconds of CPU, user and system, of one command.

    Args:
        case: a wrong config.
        bytecode: where Python keeps compiled modules, as it does for a user: that does not depend
            on who may write beside the sources.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(bytecode)}
    with tempfile.TemporaryDirectory() as folder:
        case.write(Path(folder))
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "kerascfg", "check", "--json", *case.arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
        )
        after = os.times()
    user = after.children_user - before.children_user
    return user + after.children_system - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, help="measure so many cases only")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    args = parser.parse_args()
    cases = wrong_cases()
    cases = cases[:: max(1, len(cases) // args.count)] if args.count else cases
    with tempfile.TemporaryDirectory() as folder:
        for case in cases[:: max(1, len(cases) // 12)]:
            measure(case, Path(folder))  # the first runs write bytecode
        seconds = [measure(case, Path(folder)) for case in cases]
    result = {
        "check": {
            "cases": len(seconds),
            "cpu_seconds": {
                "min": round(min(seconds), 3),
                "median": round(statistics.median(seconds), 3),
                "max": round(max(seconds), 3),
            },
        }
    }
    print(json.dumps(result, indent=2))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
