"""Mutate valid configs and expect of the check: an answer, soon, and each planted key in it.

python benchmarks/fuzzing.py --count 5000 --seed 1 --json FILE

Each round takes the command of a shipped experiment or choice, changes a file of it (copied to
the user's conf/) or its overrides, and checks it in this process.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parent.parent))

from kerascfg.config.arguments import parse_flags
from kerascfg.config.entry import collect
from kerascfg.errors import ConfigError, Problem
from kerascfg.interpreter import check

CONF = Path(__file__).parent.parent / "conf"
SLOWEST = 5.0
PLANTED = "xq_planted"
"""A key that is near no other: it must be in a message, whatever else is wrong."""
OWN_NAMES = ("layers", "blocks", "args", "inputs", "callbacks", "metrics", "tracker", "export")
"""Mappings whose keys are names that users choose: nothing there is unknown."""
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 3, 10**30, 0.5, -0.0, float("nan"), float("inf"), "", " ", "x"),
    *("null", "1e-4", "(3, 3)", "???", "$x", "$(", "$(2 * x)", "$data.classes", "${seed}", "${"),
    *("a.b.c", "..", "/", "~", "\u00e9", "\U0001f600", "\x1b[31m", "[", "{", "'", '"', "\\"),
    *([], [None], [1, "a"], [[]], [{}], {}, {"type": 3}, {"type": "Dense"}, {"op": "relu"}),
    *({"block": "x"}, {"share": "x"}, {"type": "Dense", "op": "relu"}, {1: 2}, {"_target_": "x"}),
)


@dataclass
class Mutant:
    """One changed config: files of the user's conf/, arguments, and whether a key was planted."""

    files: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    planted: bool = False


def make_mutant(chance: random.Random, seeds: list[Path]) -> Mutant:
    """Change one valid config in one of many ways."""
    file = chance.choice(seeds)
    name = file.relative_to(CONF).with_suffix("").as_posix()
    group, _, choice = name.rpartition("/")
    mutant = Mutant(arguments=_choosing(group, choice))
    ways: list[Callable[[random.Random, Path, str, Mutant], None]] = [
        *(_change_tree, _change_tree, _change_tree, _plant, _plant),
        *(_change_text, _override, _override_planted),
    ]
    chance.choice(ways)(chance, file, name, mutant)
    return mutant


def _choosing(group: str, choice: str) -> list[str]:
    if group in ("", "block"):
        return []
    value = f"[{choice}]" if group in ("metrics", "callbacks", "tracker", "export") else choice
    needs = {"backbone": ["model=transfer"], "loss": ["task=regression"]}
    return [*needs.get(group, []), f"{group}={value}"]


def _change_tree(chance: random.Random, file: Path, name: str, mutant: Mutant) -> None:
    text = file.read_text(encoding="utf-8")
    tree = yaml.safe_load(text) or {}
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        holders = list(_holders(tree))
        holder = chance.choice(holders)
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            continue
        key = chance.choice(keys)
        match chance.randrange(6):
            case 0 if isinstance(holder, dict):
                holder[_misspelled(chance, str(key))] = holder.pop(key)
            case 1:
                del holder[key]
            case 2 if isinstance(holder, dict):
                holder[f"{key}_2"] = copy.deepcopy(holder[key])
            case 3:
                holder[key] = copy.deepcopy(chance.choice(holders))
            case 4 if isinstance(holder[key], str):
                holder[key] = _misspelled(chance, holder[key])
            case _:
                holder[key] = copy.deepcopy(chance.choice(VALUES))
    mutant.files[name] = _header(text) + yaml.safe_dump(tree, sort_keys=False)


def _plant(chance: random.Random, file: Path, name: str, mutant: Mutant) -> None:
    """Put an unknown key where only known ones may stand."""
    text = file.read_text(encoding="utf-8")
    tree = yaml.safe_load(text) or {}
    strict = [h for h in _holders(tree) if isinstance(h, dict) and _is_strict(h)]
    if not strict or name.startswith("block/"):
        return _change_tree(chance, file, name, mutant)
    chance.choice(strict)[PLANTED] = copy.deepcopy(chance.choice((1, "x", [1], {"a": 1})))
    mutant.planted = True
    mutant.files[name] = _header(text) + yaml.safe_dump(tree, sort_keys=False)
    return None


def _is_strict(holder: dict[Any, Any]) -> bool:
    """Tell whether the mapping is a node with a class's arguments."""
    return isinstance(holder.get("type"), str)


def _change_text(chance: random.Random, file: Path, name: str, mutant: Mutant) -> None:
    text = file.read_text(encoding="utf-8")
    at = chance.randrange(len(text))
    end = min(len(text), at + chance.randrange(1, 12))
    match chance.randrange(5):
        case 0:
            text = text[:at]
        case 1:
            text = text[:at] + text[end:]
        case 2:
            text = text[:at] + text[at:end] * 2 + text[end:]
        case 3:
            text = text[:at] + chance.choice("\t:{}[]&*!%@`'\"#-|>,\n ?") + text[at:]
        case _:
            lines = text.splitlines()
            chance.shuffle(lines)
            text = "\n".join(lines)
    mutant.files[name] = text


def _override(chance: random.Random, file: Path, name: str, mutant: Mutant) -> None:
    path = chance.choice(_paths_of(file, name) or ["seed"])
    if chance.random() < 0.3:
        path = _misspelled(chance, path)
    value = chance.choice(VALUES)
    sign = chance.choice(("", "", "", "+", "++", "~"))
    said = value if isinstance(value, str) else json.dumps(value)
    mutant.arguments.append(f"{sign}{path}={said}" if sign != "~" else f"~{path}")


def _override_planted(chance: random.Random, file: Path, name: str, mutant: Mutant) -> None:
    keys = ("optimizer", "data", "train", "model.layers.head", "model", "callbacks.best", "loss")
    sign = chance.choice(("", "+", "++"))
    mutant.arguments.append(f"{sign}{chance.choice(keys)}.{PLANTED}={chance.choice((1, 'x'))}")
    mutant.planted = True


def _paths_of(file: Path, name: str) -> list[str]:
    tree = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    group = "" if name.startswith(("experiment", "debug")) else name.rpartition("/")[0]
    found: list[str] = []
    waiting = [(group.replace("/", "."), tree)]
    while waiting:
        prefix, value = waiting.pop()
        for key, item in value.items() if isinstance(value, dict) else ():
            path = f"{prefix}.{key}".removeprefix(".")
            found.append(path)
            waiting.append((path, item))
    return found


def _holders(value: Any) -> list[Any]:
    found = [value] if isinstance(value, dict | list) else []
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [*found, *(holder for item in items for holder in _holders(item))]


def _misspelled(chance: random.Random, word: str) -> str:
    at = chance.randrange(len(word) + 1)
    letter = chance.choice("abzXY_09")
    return chance.choice((word[:at] + letter + word[at:], word[:at] + word[at + 1 :], word + "s"))


def _header(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if line.startswith("# @"))


def problems_of(mutant: Mutant) -> list[Problem]:
    """Check a mutant as the command does, standing in a folder of its own."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in mutant.files.items():
            file = Path(folder, "conf", f"{name}.yaml")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        os.chdir(folder)
        try:
            return collect(parse_flags(mutant.arguments), check)[1]
        except ConfigError as error:
            return list(error.problems)
        finally:
            os.chdir(before)


def finding(mutant: Mutant) -> str | None:
    """Return what is wrong with the answer to a mutant, or None."""
    start = time.process_time()
    try:
        problems = problems_of(mutant)
    except Exception:
        return f"raised: {traceback.format_exc(limit=-3)}"
    seconds = time.process_time() - start
    if seconds > SLOWEST:
        return f"took {seconds:.1f} s"
    if any(not p.path or not p.message or "Traceback" in p.message for p in problems):
        return f"has no path or message: {problems}"
    if mutant.planted and not problems:
        return f"accepted {PLANTED}"
    return None


def fuzz(count: int, seed: int) -> dict[str, Any]:
    """Check so many mutants; return counts and findings."""
    chance = random.Random(seed)
    seeds = sorted(file for file in CONF.rglob("*.yaml") if "backbone" not in file.parts)
    found, answers = [], Counter()
    start = time.perf_counter()
    for number in range(count):
        mutant = make_mutant(chance, seeds)
        wrong = finding(mutant)
        answers["planted" if mutant.planted else "changed"] += 1
        if wrong:
            found.append({"number": number, "wrong": wrong, **vars(mutant)})
    seconds = round(time.perf_counter() - start, 1)
    return {"count": count, "seed": seed, "seconds": seconds, **answers, "findings": found}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the result to this file")
    args = parser.parse_args()
    result = fuzz(args.count, args.seed)
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({**result, "findings": result["findings"][:10]}, indent=2))
    return 1 if result["findings"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
