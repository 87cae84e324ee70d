"""Damage run directories and expect of every reader an answer: no traceback, nothing made up.

python benchmarks/run_fuzzing.py --count 500 --seed 1 --json FILE
python benchmarks/run_fuzzing.py --run DIR    of a finished run with deliveries, else one is made

Each case copies a finished run, damages one file of it (truncated, bits flipped, emptied, removed,
swapped with another, filled with noise, a folder in its place), and asks every reader in this
process: `diff`, `reproduce --check` and its comparison, the leaderboard, what `export.py run=`
reads before it converts, what `serve` reads before it loads, and, with TensorFlow, `model.keras`.
A finding is an exception that is none of ours, a message with a traceback in it, an answer that
takes long, or an artefact, a model or samples that are taken though they are not what was saved.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from kerascfg.errors import ConfigError, GateError, RunError

SLOWEST = 10.0
OURS = (ConfigError, RunError, GateError)
DAMAGES = ("truncate", "flip", "flip", "empty", "remove", "swap", "noise", "folder", "spell")


def make_run(directory: Path) -> Path:
    """Train a small run and deliver it."""
    root = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [
            *(sys.executable, str(root / "train.py"), "train.epochs=1", "callbacks=full"),
            *("model.layers.conv1.filters=2", "model.layers.conv2.filters=2"),
            *("model.layers.conv3.filters=2", f"hydra.run.dir={directory}"),
        ],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return directory


def damage(chance: random.Random, directory: Path) -> tuple[str, str]:
    """Damage one file of a run; return its name and how."""
    files = sorted(file for file in directory.rglob("*") if file.is_file())
    by_folder: dict[str, list[Path]] = {}
    for file in files:  # each folder as often, or a SavedModel's kit would be most of it
        parts = file.relative_to(directory).parts
        by_folder.setdefault("/".join(parts[:-1])[:20], []).append(file)
    top = by_folder.get("", files)
    chosen = top if chance.random() < 0.6 else by_folder[chance.choice(sorted(by_folder))]
    file, how = chance.choice(chosen), chance.choice(DAMAGES)
    content = file.read_bytes()
    name = file.relative_to(directory).as_posix()
    file.unlink()
    match how:
        case "truncate":
            file.write_bytes(content[: chance.randrange(max(1, len(content)))])
        case "flip":
            flipped = bytearray(content)
            for _ in range(chance.choice((1, 1, 3, 50))):
                if flipped:
                    flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
            file.write_bytes(flipped)
        case "empty":
            file.write_bytes(b"")
        case "swap":
            other = chance.choice([each for each in files if each != file])
            name += f" with {other.relative_to(directory).as_posix()}"
            file.write_bytes(other.read_bytes())
        case "noise":
            file.write_bytes(chance.randbytes(chance.choice((1, 100, len(content)))))
        case "folder":
            file.mkdir()
        case "spell":
            file.write_bytes(_misspelled(chance, content))
    return name, how


VALUES = (
    *(b"null", b"-1", b"1e400", b"NaN", b"[]", b"{}", b'""', b"true", b"3.5", b'"../../x"'),
    *(b"!!python/object/apply:os.getcwd []", b"&a [*a]", b'"\\ud800"', b"9" * 400),
)


def _misspelled(chance: random.Random, content: bytes) -> bytes:
    """Put another value behind some key of a text, so that it stays well formed now and then."""
    places = [at + 1 for at, byte in enumerate(content) if byte in b":"]
    if not places:
        return content + b"?"
    at = chance.choice(places)
    ends = [end for end in (content.find(mark, at) for mark in (b"\n", b",", b"}")) if end >= 0]
    end = min(ends, default=len(content))
    return content[:at] + b" " + chance.choice(VALUES) + content[end:]


def readers(good: Path, heavy: bool) -> dict[str, Callable[[Path], Any]]:
    """Return what reads a run directory, by name; each returns what it made of it."""
    from rich.console import Console

    from kerascfg.cli import export as export_command
    from kerascfg.cli import main, resume
    from kerascfg.exporting.about import read_about
    from kerascfg.exporting.delivery import read_deliveries
    from kerascfg.exporting.samples import read_samples
    from kerascfg.interpreter import keep_states
    from kerascfg.runs import compare_reproduction, open_run, read_jobs
    from kerascfg.serving import find_artefact

    def command(*argv: str) -> Callable[[Path], Any]:
        def run(directory: Path) -> Any:
            said = io.StringIO()
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                status = main([word.replace("DIR", str(directory)) for word in argv])
            if "Traceback" in said.getvalue():
                raise AssertionError(said.getvalue())
            if status not in (0, 1, 2, 3):
                raise AssertionError(f"exit status {status}")
            return status, said.getvalue()

        return run

    def delivered(directory: Path) -> Any:
        run, targets, _ = export_command._read([f"run={directory}", "export=[litert]"])
        read_samples(directory)
        read_about(directory)
        read_deliveries(directory)
        return run.config(), targets

    def served(directory: Path) -> Any:
        return find_artefact(open_run(directory).directory, None)

    fingerprint = json.loads((good / "environment.json").read_text())["data_fingerprint"]

    def resumed(directory: Path) -> Any:
        _, config = resume._read([f"run={directory}"])
        run = replace(open_run(directory), before="stopped")
        keeper = keep_states(run, config, fingerprint, Console(quiet=True))
        return None if keeper.pending is None else told(keeper.pending)

    def loaded(directory: Path) -> Any:
        from kerascfg.model import load_model

        model = load_model(directory / "model.keras", open_run(directory).config())
        return [weight.tobytes() for weight in model.get_weights()]

    found = {
        "diff": command("diff", "DIR", str(good)),
        "diff back": command("diff", str(good), "DIR", "--json"),
        "reproduce --check": command("reproduce", "DIR", "--check", "--json"),
        "comparison": lambda d: compare_reproduction(open_run(d), open_run(good)),
        "leaderboard": lambda d: read_jobs(d.parent),
        "export": delivered,
        "serve": served,
        "train run=": resumed,
    }
    return found | ({"load": loaded} if heavy else {})


def finding(read: Callable[[Path], Any], directory: Path) -> tuple[Any, str | None]:
    """Return what a reader made of a run, and what is wrong with that."""
    begun = time.process_time()
    try:
        result = read(directory)
    except OURS as error:
        problem = f"a traceback: {error}" if "Traceback (most" in str(error) else None
        return error, problem
    except Exception:
        return None, f"raised: {traceback.format_exc(limit=-4)}"
    seconds = time.process_time() - begun
    return result, f"took {seconds:.1f} s" if seconds > SLOWEST else None


def told(state: Any) -> Any:
    """Return all that a state says, to be compared."""
    return state.to_json(), {name: array.tobytes() for name, array in state.arrays.items()}


def states_of(run: Path) -> list[Any]:
    """Return every state that a run has saved."""
    from kerascfg.training.checkpoints.state import state_of
    from kerascfg.training.checkpoints.tensors import read_tensors

    files = (run / "checkpoints").glob("state-*")
    return [told(state_of(*read_tensors(file))) for file in files]


def _other_config(directory: Path, good: Path) -> str | None:
    """Say that a training goes on by a config that computes something else."""
    from kerascfg.runs import essence, open_run

    one, other = (open_run(place).config() for place in (directory, good))
    return "goes on by another config" if essence(one) != essence(other) else None


def taken(
    name: str,
    how: str,
    reader: str,
    result: Any,
    sound: Any,
    directory: Path,
    good: Path,
    states: list[Any],
) -> str | None:
    """Say that something damaged was taken for what was saved."""
    if isinstance(result, BaseException):
        return None
    file = name.split(" with ")[0]
    if reader == "serve" and file.startswith("exports/saved_model/") and result == sound:
        return f"serves a SavedModel whose {file} was damaged ({how})"
    if reader == "train run=" and result is not None and result not in states:
        return f"goes on from a state that never was ({how})"
    if reader == "train run=" and file == "config.yaml" and result is not None:
        return _other_config(directory, good)
    if reader == "load" and file == "model.keras" and result != sound:
        return f"loads other weights from a damaged model ({how})"
    if reader == "comparison" and file == "model.keras" and result.weights:
        return f"compares a damaged model ({how}) as if it were one"
    return None


def fuzz(run: Path, count: int, seed: int, heavy: bool) -> dict[str, Any]:
    """Try so many damages; return counts and findings."""
    found, kinds, refused = [], Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as place:
        good = Path(place, "good")
        shutil.copytree(run, good)
        asked = readers(good, heavy)
        states = states_of(good)
        sound = {name: finding(read, good)[0] for name, read in asked.items()}
        for number in range(count):
            chance = random.Random(f"{seed}/{number}")
            directory = Path(place, f"case{number}", "run")
            shutil.copytree(good, directory)
            name, how = damage(chance, directory)
            kinds[how] += 1
            for reader, read in asked.items():
                result, problem = finding(read, directory)
                refused[reader] += isinstance(result, BaseException)
                problem = problem or taken(
                    name, how, reader, result, sound[reader], directory, good, states
                )
                if problem:
                    found.append(f"{seed}/{number} {how} {name}: {reader} {problem}")
                    print(found[-1], flush=True)
            shutil.rmtree(directory.parent)
    return {
        "cases": count,
        "seed": seed,
        "damages": dict(kinds),
        "readers": len(asked),
        "refused": dict(refused),
        "findings": found,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500, help="how many run directories")
    parser.add_argument("--seed", type=int, default=1, help="another seed damages otherwise")
    parser.add_argument("--run", type=Path, help="a finished run with deliveries")
    parser.add_argument("--light", action="store_true", help="without TensorFlow")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    args = parser.parse_args()
    begun = time.time()
    with tempfile.TemporaryDirectory() as place:
        run = args.run or make_run(Path(place, "run"))
        result = fuzz(run.resolve(), args.count, args.seed, not args.light)
    result["seconds"] = round(time.time() - begun, 1)
    print(json.dumps({key: value for key, value in result.items() if key != "findings"}, indent=2))
    print(f"{len(result['findings'])} findings")
    if args.json:
        args.json.write_text(json.dumps({"run_fuzzing": result}, indent=2) + "\n")
    return 1 if result["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
