"""Fill the disk at every write of a run, and expect that nothing that was saved is lost.

python benchmarks/disk_full.py --json FILE        every write (root: it mounts a small tmpfs)
python benchmarks/disk_full.py --count 4          some of them, evenly spread

The disk is a tmpfs. Just before the Nth file of a run is opened for writing it is filled to the
last byte, so that this write, and all that follow, find no room. Expected of each: an exit status
that is not 0, one message, no traceback, every file in the run's directory whole, and what was
there before as it was. Then space is made, the run goes on by the same command, and its model is
that of a run that was never disturbed, bit for bit.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import yaml

SIZE_MIB = 24
CONFIG = """
data: {source: digits, batch_size: 64}
model:
  layers:
    flat: Flatten
    dense: {type: Dense, units: 8, activation: relu}
    drop: {type: Dropout, rate: 0.2}
    head: {type: Dense, units: $data.classes, activation: softmax}
task: classification
seed: 1
optimizer: Adam
loss: SparseCategoricalCrossentropy
metrics: {accuracy: SparseCategoricalAccuracy}
train: {epochs: 2}
callbacks: {best: BestCheckpoint}
strategy: cpu
"""


class Filler:
    """Fills a disk when the Nth file below a folder is opened for writing; counts all of them."""

    def __init__(self, disk: Path):
        self.disk, self.file = disk, disk / "filler"
        self.folder: Path | None = None
        self.at: int | None = None
        self.opened: list[str] = []
        self._busy = False
        sys.addaudithook(self._hook)

    def arm(self, folder: Path, at: int | None) -> None:
        self.folder, self.at, self.opened = folder, at, []

    def disarm(self) -> None:
        self.folder = None
        self.file.unlink(missing_ok=True)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" or self.folder is None or self._busy:
            return
        path, _, flags = arguments
        if not isinstance(path, str) or not flags & (os.O_WRONLY | os.O_RDWR):
            return
        if not path.startswith(f"{self.folder}/"):
            return
        self.opened.append(_name(path, self.folder))
        if len(self.opened) - 1 == self.at:
            self._busy = True
            self._fill()
            self._busy = False

    def _fill(self) -> None:
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT)
        for size in (2**20, 2**12, 1):
            with contextlib.suppress(OSError):
                while os.write(descriptor, b"\0" * size):
                    pass
        os.close(descriptor)


def _name(path: str, folder: Path) -> str:
    """Return what a file is for: its temporary name beside differs from run to run."""
    relative = Path(path).relative_to(folder)
    name = relative.name
    if name.startswith(".") and name.count("-") and name.count("."):
        name = name[1:].partition(".")[2] or name
    return (relative.parent / name).as_posix()


@contextlib.contextmanager
def small_disk(size_mib: int = SIZE_MIB) -> Iterator[Path]:
    """Mount a small tmpfs; it is taken away in the end.

    Raises:
        PermissionError: this user may not mount.
    """
    with tempfile.TemporaryDirectory() as place:
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "kerascfg", place],
            capture_output=True,
            text=True,
        )
        if made.returncode:
            raise PermissionError(made.stderr.strip())
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)


def train_in(directory: Path) -> tuple[int, str]:
    """Train the small config in a directory; return exit status and what standard error got."""
    import keras
    from rich.console import Console

    from kerascfg.errors import ConfigError
    from kerascfg.interpreter import train
    from kerascfg.runs import begin_run, run_job

    keras.utils.clear_session()  # names that Keras makes up count on within a process
    said, config = io.StringIO(), yaml.safe_load(CONFIG)
    with contextlib.redirect_stderr(said):
        try:
            run = begin_run(directory, config)
        except ConfigError as error:
            return error.exit_status, str(error)
        if run is None:
            return 0, "has finished"
        status = run_job(run, lambda: train(config, run, Console(quiet=True)))
    return status, said.getvalue()


def damaged(directory: Path) -> list[str]:
    """Return the files of a run that are not whole, and what was left beside them."""
    found = []
    for file in sorted(directory.rglob("*")):
        name = file.relative_to(directory).as_posix()
        if not file.is_file() or name == ".lock":
            continue
        if file.name.startswith("."):
            found.append(f"{name} was left")
        elif problem := _problem(file):
            found.append(f"{name}: {problem}")
    return found


def _problem(file: Path) -> str | None:
    import h5py
    import numpy as np
    from PIL import Image

    from kerascfg.training.checkpoints.tensors import read_tensors

    try:
        match file.suffix:
            case ".json":
                json.loads(file.read_text())
            case ".yaml":
                assert yaml.safe_load(file.read_text())
            case ".keras":
                assert zipfile.ZipFile(file).testzip() is None
            case ".npz":
                dict(np.load(file, allow_pickle=False))
            case ".h5":
                with h5py.File(file) as stored:
                    stored.visititems(lambda _, item: item[()] if hasattr(item, "dtype") else None)
            case ".png":
                Image.open(file).load()
            case ".safetensors":
                read_tensors(file)
            case ".csv":
                lines = file.read_text().splitlines()
                assert lines and len({line.count(",") for line in lines}) == 1
            case _:
                file.read_text()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def attempt(filler: Filler, at: int, name: str, undisturbed: Path) -> list[str]:
    """Run with the disk filled at one write, and go on; return what was wrong."""
    from kerascfg.runs import compare_reproduction, open_run

    directory = filler.disk / "run"
    shutil.rmtree(directory, ignore_errors=True)
    filler.arm(directory, at)
    status, said = train_in(directory)
    wrong = damaged(directory) if directory.is_dir() else []
    filler.disarm()
    if status == 0:
        wrong.append("exit status 0")
    if "Traceback" in said or not said.strip():
        wrong.append(f"said: {said!r}")
    if len(said.strip().splitlines()) > 1:
        wrong.append(f"more than one message: {said!r}")
    status, said = train_in(directory)
    if status:
        wrong.append(f"does not go on after space was made: {said}")
    elif not (made := compare_reproduction(open_run(undisturbed), open_run(directory))).equal:
        wrong.append(f"differs from an undisturbed run: {made}")
    return [f"{at} ({name}): {problem}" for problem in wrong]


def export_from(directory: Path) -> tuple[int, str]:
    """Deliver a LiteRT file from a run; return exit status and what standard error got."""
    from kerascfg.cli.export import main

    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        status = main([f"run={directory}", "export=[litert]"])
    return status, said.getvalue()


def try_exports(filler: Filler, directory: Path) -> list[str]:
    """Export, again on a full and on a read-only disk, and again when that is over."""
    from kerascfg.exporting import check_deliveries

    wrong = []

    def expect(what: str, fails: bool) -> None:
        status, said = export_from(directory)
        if (status != 0) != fails or "Traceback" in said or (fails and not said.strip()):
            wrong.append(f"export {what}: status {status}, said {said!r}")
        if (found := check_deliveries(directory)) != {"litert": None}:
            wrong.append(f"export {what}: {found}")
        print(f"export {what}: status {status}, {said.strip()[:200]}", flush=True)

    expect("with room", fails=False)
    filler._fill()
    expect("on a full disk", fails=True)
    filler.disarm()
    subprocess.run(["mount", "-o", "remount,ro", str(filler.disk)], check=True)
    expect("on a read-only disk", fails=True)
    status, said = train_in(filler.disk / "new")
    if status == 0 or "Read-only file system" not in said:
        wrong.append(f"train on a read-only disk: status {status}, said {said!r}")
    subprocess.run(["mount", "-o", f"remount,rw,size={SIZE_MIB}m", str(filler.disk)], check=True)
    expect("with room again", fails=False)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, help="so many of the writes only")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    args = parser.parse_args()
    begun = time.time()
    with tempfile.TemporaryDirectory() as place, small_disk() as disk:
        filler = Filler(disk)
        filler.arm(disk / "run", None)
        status, said = train_in(disk / "run")
        assert status == 0, said
        names = list(filler.opened)
        filler.disarm()
        elsewhere = Path(shutil.copytree(disk / "run", Path(place, "undisturbed")))
        writes = list(range(len(names)))
        if args.count:
            writes = writes[:: max(1, len(writes) // args.count)][: args.count]
        wrong = [] if args.count else try_exports(filler, disk / "run")
        for at in writes:
            found = attempt(filler, at, names[at], elsewhere)
            print(f"{at:3} {names[at]:40} {'; '.join(found) or 'fine'}", flush=True)
            wrong += found
    result = {
        "disk_full": {
            "writes": len(names),
            "tried": len(writes),
            "files": sorted(set(names)),
            "wrong": wrong,
            "seconds": round(time.time() - begun, 1),
        }
    }
    print(json.dumps(result, indent=2))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
