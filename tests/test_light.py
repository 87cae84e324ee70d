"""Light commands stay light, and rooms import in one direction."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "kerascfg"
HEAVY = ("keras", "tensorflow", "numpy", "sklearn", "matplotlib", "pyarrow")
FLOORS = {
    "errors": 0,
    "_version": 0,
    "cache_folder": 0,
    "memory": 0,
    "quiet": 0,
    "damages": 1,
    "redacting": 0,
    "screen": 1,
    "texts": 1,
    "classes": 1,
    "naming": 1,
    "decoding": 1,
    **dict.fromkeys(("config", "model", "data", "training", "strategy", "exporting", "runs"), 2),
    "layers": 2,
    "ops": 2,
    "look": 3,
    "doctor": 3,
    "serving": 3,
    "assembly": 3,
    "workers": 3,
    "sizing": 4,
    "checking": 4,
    "schema": 4,
    "interpreter": 5,
    "own_process": 6,
    "api": 7,
    "cli": 7,
    "": 8,
    "__main__": 8,
}
# The exporting process loads a run's model by the model room's public function; the history is
# written by the runs room's.
LENT = {("exporting", "model"), ("training", "runs"), ("exporting", "runs"), ("training", "data")}


@pytest.mark.parametrize(
    "module",
    ["kerascfg", "kerascfg.cli.train", "kerascfg.cli.export", "kerascfg.interpreter",
     "kerascfg.config.entry", "kerascfg.config.compose", "kerascfg.api", "kerascfg.doctor"],
)  # fmt: skip
def test_importing_a_room_imports_nothing_heavy(module: str):
    code = f"import sys, {module}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def room_of(file: Path) -> str:
    first = file.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imported_rooms(file: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "kerascfg":
            parts = (node.module or "").split(".")
            rooms |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
    return rooms


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.name)
def test_imports_point_downwards(file: Path):
    room = room_of(file)
    assert room in FLOORS, f"a new room, {room}: put it on its floor"
    for other in imported_rooms(file) - {room}:
        downwards = FLOORS.get(other, 9) < FLOORS[room]
        assert downwards or (room, other) in LENT or room == "", f"{room} imports {other}"


def test_only_the_config_room_knows_hydra():
    for file in PACKAGE.rglob("*.py"):
        imports = {
            (node.module or "").split(".")[0]
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
        }
        if room_of(file) not in ("config", "cli"):
            assert not imports & {"hydra", "omegaconf"}, file


def test_a_check_imports_no_source_but_what_its_config_names():
    code = (
        "import sys; from kerascfg.cli import main; main(['check', 'data=digits']);"
        "print([m for m in sys.modules if m.startswith('kerascfg.data.sources.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    imported = {name.rpartition(".")[2] for name in ast.literal_eval(done.stdout.splitlines()[-1])}
    assert "digits" in imported
    assert not {"csv", "parquet", "hdf5", "tfrecord", "image_folder"} & imported
