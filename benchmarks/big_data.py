"""Memory of trainings on data larger than it: TFRecord images, and a Parquet table.

python benchmarks/big_data.py --folder /tmp/big                  20 GB of images, 5 GB of a table
python benchmarks/big_data.py --folder /tmp/big --gigabytes 1    1 GB of images, 0.25 GB of a table

The files are made where they are missing and kept, so that a second run only trains. Each case is
one epoch of `kerascfg.train` in a process of its own, whose largest resident memory the system
itself keeps (VmHWM in /proc, so this needs Linux). Printed as JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from kerascfg.errors import override

ROOT = Path(__file__).parent.parent
GB = 10**9
_SHARD = GB // 4
_SIDE = 96
_COLUMNS = 255
_TRAIN = """
import json, sys, pathlib, kerascfg
overrides, model, directory = sys.argv[1:]
config = {**kerascfg.load(json.loads(overrides)), "model": json.loads(model)}
kerascfg.train(config, pathlib.Path(directory))
"""
_ALWAYS = ["train.epochs=1", "data.cache=none", "data.batch_size=256", "export=[]"]
_HEAD = {"head": {"type": "Dense", "units": 2, "activation": "softmax"}}
_CNN = {
    "scale": {"type": "Rescaling", "scale": 1 / 255},
    "conv": {"type": "Conv2D", "filters": 8, "kernel_size": 4, "strides": 4, "activation": "relu"},
    "gap": "GlobalAveragePooling2D",
    **_HEAD,
}
_MLP = {
    "joined": {"op": "stack", "inputs": [[f"x{column}" for column in range(_COLUMNS)]], "axis": 1},
    "dense": {"type": "Dense", "units": 32, "activation": "relu"},
    **_HEAD,
}
_FEATURES = {"image": {"shape": [_SIDE, _SIDE, 3], "decode": "image"}, "label": {"dtype": "int64"}}


def images(folder: Path, size: int) -> Iterator[int]:
    """Write TFRecord files of JPEG images, drawn from a small pool; yields the rows of each."""
    import tensorflow as tf

    random = np.random.default_rng(0)
    pool = [_example(_jpeg(random, label), label) for label in (0, 1) for _ in range(64)]
    done = 0
    while done < size:
        rows = written = 0
        file = folder / f"images-{done // _SHARD:04}.tfrecord"
        with tf.io.TFRecordWriter(str(file)) as writer:
            while written < min(_SHARD, size - done):
                record = pool[int(random.integers(len(pool)))]
                writer.write(record)
                rows, written = rows + 1, written + len(record) + 16
        done += written
        yield rows


def _jpeg(random: np.random.Generator, label: int) -> bytes:
    from PIL import Image

    noise = random.integers(0, 200, (_SIDE, _SIDE, 3)) + 55 * label
    buffer = io.BytesIO()
    Image.fromarray(noise.astype("uint8")).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _example(image: bytes, label: int) -> bytes:
    import tensorflow as tf

    features = {
        "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image])),
        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
    }
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def table(folder: Path, size: int) -> Iterator[int]:
    """Write Parquet files of random numbers and a label; yields the rows of each."""
    import pyarrow
    import pyarrow.parquet

    random = np.random.default_rng(0)
    row = 4 * (_COLUMNS + 1)
    for done in range(0, size, _SHARD):
        rows = min(_SHARD, size - done) // row
        writer = None
        file = folder / f"table-{done // _SHARD:04}.parquet"
        for start in range(0, rows, 10_000):
            values = random.random((_COLUMNS, min(10_000, rows - start)), "float32")
            names = [f"x{column}" for column in range(_COLUMNS)]
            label = (values[0] > 0.5).astype("int32")
            chunk = pyarrow.table([*values, label], names=[*names, "label"])
            writer = writer or pyarrow.parquet.ParquetWriter(file, chunk.schema)
            writer.write_table(chunk)
        if writer is not None:
            writer.close()
        yield rows


def made(folder: Path, size: int, write: Callable[[Path, int], Iterator[int]]) -> dict[str, Any]:
    """Return rows and bytes of the files of a case, which are made where they are missing."""
    facts = folder / "facts.json"
    if not facts.exists():
        folder.mkdir(parents=True, exist_ok=True)
        rows = sum(write(folder, size))
        files = [file.stat().st_size for file in folder.iterdir()]
        facts.write_text(json.dumps({"rows": rows, "bytes": sum(files), "size": size}))
    found = json.loads(facts.read_text())
    if found["size"] != size:
        raise SystemExit(f"{folder} holds {found['size'] / GB:g} GB; name another --folder")
    return found


def measured(folder: Path, rows: int, overrides: list[str], layers: dict[str, Any]) -> dict:
    """Train in a process of its own; returns its largest resident memory and its speed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
    told = [json.dumps([*overrides, *_ALWAYS]), json.dumps({"layers": layers})]
    start, most, log = time.perf_counter(), 0, folder / "log.txt"
    with log.open("wb") as out, tempfile.TemporaryDirectory() as run:
        process = subprocess.Popen(
            [sys.executable, "-c", _TRAIN, *told, f"{run}/run"],
            env=environment,
            stdout=out,
            stderr=out,
        )
        while process.poll() is None:
            most = max(most, _most_resident(process.pid))
            time.sleep(0.5)
    trained = re.search(r"trained\s+1 epochs in ([\d.,]+) s", log.read_text())
    if process.returncode or trained is None:
        raise SystemExit(f"the training failed; see {log}")
    return {
        "max_rss_gb": round(most / GB, 3),
        "seconds": round(time.perf_counter() - start, 1),
        # An epoch trains on 0.8 of the rows and validates on 0.1.
        "samples_per_second": round(rows * 0.9 / float(trained[1].replace(",", ""))),
    }


def _most_resident(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0  # it has just ended
    lines = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) * 1024 if lines else 0


def tfrecord_case(folder: Path, size: int) -> dict[str, Any]:
    found = made(folder, size, images)
    source = {"type": "tfrecord", "path": f"{folder}/*.tfrecord", "features": _FEATURES}
    overrides = ["data=tfrecord", *_spelled("data.source", source)]
    return found | measured(folder, found["rows"], overrides, _CNN)


def parquet_case(folder: Path, size: int) -> dict[str, Any]:
    found = made(folder, size, table)
    overrides = ["data=parquet", f"data.source.path={folder}/*.parquet", "data.target=label"]
    overrides.append("data.source.in_memory=false")
    return found | measured(folder, found["rows"], overrides, _MLP)


def _spelled(path: str, node: dict[str, Any]) -> list[str]:
    return [shlex.split(override(f"{path}.{key}", value))[0] for key, value in node.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the files are made")
    parser.add_argument("--gigabytes", type=float, default=20, help="of images; a quarter as table")
    parser.add_argument("--only", choices=("tfrecord", "parquet"))
    arguments = parser.parse_args()
    size = int(arguments.gigabytes * GB)
    cases = {"tfrecord": (tfrecord_case, size), "parquet": (parquet_case, size // 4)}
    results: dict[str, Any] = {}
    for name, (case, share) in cases.items():
        if arguments.only in (None, name):
            results[name] = case(arguments.folder / name, share)
            results[name]["gigabytes"] = round(results[name].pop("bytes") / GB, 2)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
