"""SIGTERM with a grace of five seconds, as Kubernetes and Slurm send it: no batch is lost.

python benchmarks/grace.py --json FILE

The run of `benchmarks/kill.py` is stopped at random instants of its training and started again by
the same command, three times by each sequence:

- kubernetes: SIGTERM; SIGKILL after 5 seconds.
- slurm: SIGCONT and SIGTERM, to all processes of the job; SIGKILL after 5 seconds.
- slurm_signal: SIGUSR1 as `sbatch --signal=USR1@5` sends it; SIGTERM a second later; SIGKILL after
  5 seconds.

A callback of the run writes down every step. A sequence is survived where the run ends by itself
with the documented exit status and state, where over all lives every step was done exactly once,
and where the end equals the run that nobody stopped, bit for bit.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from kill import EXPERIMENT, fork, life, outcome, wait, write_digits

GRACE = 5.0
SEQUENCES = {
    "kubernetes": [(0.0, signal.SIGTERM), (GRACE, signal.SIGKILL)],
    "slurm": [(0.0, signal.SIGCONT), (0.0, signal.SIGTERM), (GRACE, signal.SIGKILL)],
    "slurm_signal": [(0.0, signal.SIGUSR1), (1.0, signal.SIGTERM), (GRACE, signal.SIGKILL)],
}
"""Name -> seconds after the first, and the signal."""
COUNTING = """
import os
import keras

class Counting(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        with open(os.environ["STEPS"], "a") as file:
            file.write(f"{self.epoch} {batch}\\n")
"""
COMMAND = ["experiment=kill", "export=[]", "strategy=cpu", "callbacks.count=counting.Counting"]


def main() -> int:
    """Run all sequences; return 0 where each was survived each time."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERASCFG_PLUGINS": "counting"}
    import keras  # noqa: F401 # so that every life has it already; nothing is computed here
    import tensorflow  # noqa: F401

    folder = Path(tempfile.mkdtemp(prefix="grace-"))
    try:
        result = campaign(folder, args)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result, indent=2))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if all(each["survived"] == args.times for each in result.values()) else 1


def campaign(folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Return for each sequence how often it was survived, the slowest end, and what went wrong."""
    rng = random.Random(args.seed)
    (folder / "conf/experiment").mkdir(parents=True)
    (folder / "conf/experiment/kill.yaml").write_text(EXPERIMENT.lstrip())
    (folder / "counting.py").write_text(COUNTING)
    sys.path.insert(0, str(folder))
    os.chdir(folder)
    assert wait(fork(write_digits)) == 0
    reference = folder / "reference"
    os.environ["STEPS"] = str(folder / "reference.steps")
    assert wait(life(COMMAND, reference)) == 0, (folder / "reference.log").read_text()
    expected, steps = outcome(reference), (folder / "reference.steps").read_text().splitlines()
    result = {}
    for name, sequence in SEQUENCES.items():
        survived, slowest, wrong = 0, 0.0, []
        for number in range(args.times):
            directory = folder / f"{name}-{number}"
            log = Path(f"{directory}.steps")
            os.environ["STEPS"] = str(log)
            ended, seconds = stopped(directory, log, rng.randrange(1, len(steps) - 5), sequence)
            slowest = max(slowest, seconds)
            stop = next(number for _, number in sequence if number != signal.SIGCONT)
            state = json.loads((directory / "status.json").read_text())["state"]
            again = wait(life(COMMAND, directory))
            faults = {
                "exit status": ended != 128 + stop,
                "state": state != "stopped",
                "resumed": again != 0,
                "steps": Counter(log.read_text().splitlines()) != Counter(steps),
                "outcome": again == 0 and outcome(directory) != expected,
            }
            found = [fault for fault, is_so in faults.items() if is_so]
            wrong += [f"time {number + 1}: {', '.join(found)}"] if found else []
            survived += not found
        result[name] = {"survived": survived, "slowest_s": round(slowest, 2), "wrong": wrong}
    return result


def stopped(
    directory: Path, log: Path, after: int, sequence: list[tuple[float, signal.Signals]]
) -> tuple[int, float]:
    """Start a run and stop it after some steps; return its exit status and how long it took."""
    child = life(COMMAND, directory)
    while not log.exists() or len(log.read_text().splitlines()) < after:
        time.sleep(0.002)
    begun = time.monotonic()
    for delay, number in sequence:
        while time.monotonic() - begun < delay:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status), time.monotonic() - begun
            time.sleep(0.002)
        os.killpg(child, number)
    return wait(child), time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main())
