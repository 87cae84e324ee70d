"""Samples per second of kerascfg's input pipeline, beside hand-tuned `tf.data` on the same files.

    python benchmarks/data.py [--json FILE] [--images 2000] [--rows 100000] [--rounds 7]

Every contender yields batches of the same tensors, a mapping of features where there are several,
in a new random order each epoch, with parallel maps and prefetching. Images of the folder are
resized without smoothing by all, as `image_dataset_from_directory` does; those of the records are
smoothed by all. Batches are taken inside a `tf.function`, as `fit` takes them: to hand a dozen
tensors to Python takes longer than to gather a table's rows. The contenders of a case take turns in
rounds, so that a busy machine slows all of them; a ratio is the median over the rounds of ours to
the other's in the same round. CPU time (of all threads of the process) says on a busy machine more
than the clock. Files are in the page cache before the first round.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

BATCH = 64
TAKEN = 16
"""Batches that one call takes."""
SIZE = 96
SECONDS = 2.0
COLUMNS = tuple(f"x{index}" for index in range(10))

Contenders = dict[str, Callable[[], Any]]


def main() -> None:
    """Print the table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(description="Measure the input pipeline.")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cases = make_cases(Path(folder), said.images, said.rows)
        results = {name: measure(case, said.rounds) for name, case in cases.items()}
    print_table(results)
    if said.json:
        said.json.write_text(json.dumps(results, indent=2) + "\n")


def make_cases(root: Path, images: int, rows: int) -> dict[str, Contenders]:
    """Write the files and return the contenders of each case: name -> makes batches."""
    cases = {"csv, cached": csv_case(root, rows)}
    if importlib.util.find_spec("pyarrow"):
        cases["parquet, cached"] = parquet_case(root, rows)
    else:
        print("parquet: left out, since pyarrow is not installed (pip install 'kerascfg[parquet]')")
    folder = write_images(root / "images", images)
    record = write_records(root / "images.tfrecord", folder)
    for cache in ("none", "memory"):
        what = "cached" if cache == "memory" else "read each epoch"
        cases[f"image folder, {what}"] = folder_case(folder, cache)
        cases[f"tfrecord, {what}"] = record_case(record, images, cache)
    return cases


def measure(contenders: Contenders, rounds: int) -> dict[str, dict[str, float]]:
    """Return medians of each contender, which take turns, and of the ratios of ours to it."""
    running = {name: taker(make()) for name, make in contenders.items()}
    for take in running.values():
        timed(take, SECONDS)
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in running}
    for turn in range(rounds):
        order = list(running) if turn % 2 == 0 else list(running)[::-1]
        for name in order:
            seen[name].append(timed(running[name], SECONDS))
    running.clear()  # what still fills its buffers would slow the next case
    gc.collect()
    return {name: summary(seen["kerascfg"], each) for name, each in seen.items()}


def summary(
    ours: Sequence[tuple[float, float]], others: Sequence[tuple[float, float]]
) -> dict[str, float]:
    """Return the medians of one contender, and of the ratios of our speed to its."""
    pairs = list(zip(ours, others, strict=True))
    return {
        "samples_per_second": round(statistics.median(rate for rate, _ in others), 1),
        "cpu_us_per_sample": round(statistics.median(cpu for _, cpu in others), 2),
        "ratio": round(statistics.median(a / b for (a, _), (b, _) in pairs), 3),
        "cpu_ratio": round(statistics.median(b / a for (_, a), (_, b) in pairs), 3),
    }


def taker(batches: Any) -> Callable[[], Any]:
    """Return a function that takes the next `TAKEN` batches of an endless data set."""
    import tensorflow as tf

    iterator = iter(batches)

    @tf.function
    def take() -> None:
        for _ in tf.range(TAKEN):
            next(iterator)

    return take


def timed(take: Callable[[], Any], seconds: float) -> tuple[float, float]:
    """Take batches for some seconds; return samples a second, and CPU microseconds a sample.

    Before, batches are taken for half as long: what this contender has prefetched while others
    were measured, and while theirs fill their buffers again.
    """
    start = time.perf_counter()
    while time.perf_counter() - start < seconds / 2:
        take()
    count, start, used = 0, time.perf_counter(), cpu_seconds()
    while time.perf_counter() - start < seconds:
        take()
        count += TAKEN * BATCH
    return count / (time.perf_counter() - start), (cpu_seconds() - used) / count * 1e6


def cpu_seconds() -> float:
    """Return the CPU time of all threads of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def print_table(results: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
    """Print speeds, and the ratios of kerascfg to the others by the clock and by CPU time."""
    head = ("case", "contender", "samples/s", "ours", "CPU us", "ours")
    print("{:30} {:30} {:>10} {:>6} {:>8} {:>6}".format(*head))
    for case, contenders in results.items():
        for name, seen in contenders.items():
            print(
                f"{case:30} {name:30} {seen['samples_per_second']:>10,.0f} {seen['ratio']:>6.2f} "
                f"{seen['cpu_us_per_sample']:>8.1f} {seen['cpu_ratio']:>6.2f}"
            )


def ours(source: Mapping[str, Any], target: str, cache: str) -> Callable[[], Any]:
    """Return what makes kerascfg's batches of a source, all of its rows for training."""
    from kerascfg.data import open_data

    config = {
        "source": dict(source),
        "target": target,
        "batch_size": BATCH,
        "cache": cache,
        "split": {"train": 1.0, "validation": 0.0, "test": 0.0},
    }
    return lambda: open_data(config, task="classification", seed=1).training_batches()


def shuffled_tensors(x: Mapping[str, Any], y: Any) -> Any:
    """Return batches of tensors in memory as tf.data gives them fastest: by gathering rows.

    Columns of numbers are gathered together.
    """
    import tensorflow as tf

    rows = int(y.shape[0])
    order = tf.data.Dataset.range(rows).shuffle(rows).repeat().batch(BATCH, drop_remainder=True)
    together = tf.stack(list(x.values()), axis=1)

    def gather(at: Any) -> Any:
        columns = tf.unstack(tf.gather(together, at), axis=1)
        return dict(zip(x, columns, strict=True)), tf.gather(y, at)

    return order.map(gather, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def table(rows: int) -> dict[str, Any]:
    """Return the columns of a table with a label."""
    import numpy as np

    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {name: rng.normal(size=rows).astype("float32") for name in COLUMNS}
    return {**columns, "label": rng.integers(0, 5, rows)}


def csv_case(root: Path, rows: int) -> Contenders:
    """Return the contenders on one CSV file."""
    import numpy as np

    file, columns = root / "table.csv", table(rows)
    np.savetxt(file, np.stack(list(columns.values()), 1), "%.6g", ",", header=",".join(columns),
               comments="")  # fmt: skip

    def tuned() -> Any:
        import tensorflow as tf

        lines = tf.data.TextLineDataset(str(file)).skip(1).batch(rows)
        *values, label = next(iter(lines.map(lambda line: tf.io.decode_csv(line, [[0.0]] * 11))))
        x = dict(zip(COLUMNS, values, strict=True))
        return shuffled_tensors(x, tf.cast(label, tf.int32))

    return {
        "tf_data": tuned,
        "kerascfg": ours({"type": "csv", "path": str(file)}, "label", "memory"),
    }


def parquet_case(root: Path, rows: int) -> Contenders:
    """Return the contenders on one Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = root / "table.parquet"
    pq.write_table(pa.table(table(rows)), file)

    def tuned() -> Any:
        import tensorflow as tf

        read = pq.read_table(file)
        x = {name: tf.constant(read[name].to_numpy()) for name in COLUMNS}
        return shuffled_tensors(x, tf.constant(read["label"].to_numpy(), tf.int32))

    return {
        "tf_data": tuned,
        "kerascfg": ours({"type": "parquet", "path": str(file)}, "label", "memory"),
    }


def write_images(folder: Path, count: int) -> Path:
    """Write JPEG files of 160x120 pixels, crops of scikit-learn's photographs, in five folders."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_sample_images

    photographs, rng = load_sample_images().images, np.random.default_rng(0)
    for index in range(count):
        photograph = photographs[index % len(photographs)]
        top, left = (int(rng.integers(0, side - 160)) for side in photograph.shape[:2])
        inside = folder / f"class{index % 5}"
        inside.mkdir(parents=True, exist_ok=True)
        crop = photograph[top : top + 120, left : left + 160]
        Image.fromarray(crop).save(inside / f"{index:05}.jpg", quality=90)
    return folder


def write_records(file: Path, folder: Path) -> Path:
    """Write the images of a folder into one TFRecord file."""
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(file)) as writer:
        for image in sorted(folder.glob("*/*.jpg")):
            content = tf.train.BytesList(value=[image.read_bytes()])
            label = tf.train.Int64List(value=[int(image.parent.name[-1])])
            feature = {
                "image": tf.train.Feature(bytes_list=content),
                "label": tf.train.Feature(int64_list=label),
            }
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(example.SerializeToString())
    return file


def pixels(content: Any, antialias: bool) -> Any:
    """Decode and resize one image as kerascfg does where it is told to."""
    import tensorflow as tf

    image = tf.io.decode_jpeg(content, channels=3)
    return tf.ensure_shape(
        tf.image.resize(image, [SIZE, SIZE], antialias=antialias), (SIZE, SIZE, 3)
    )


def folder_case(folder: Path, cache: str) -> Contenders:
    """Return the contenders on a folder of images, resized without smoothing, as Keras does."""

    def tuned() -> Any:
        import tensorflow as tf

        files = sorted(folder.glob("*/*.jpg"))
        labels = [int(file.parent.name[-1]) for file in files]
        rows = tf.data.Dataset.from_tensor_slices(([str(file) for file in files], labels))

        def load(file: Any, label: Any) -> Any:
            return {"image": pixels(tf.io.read_file(file), False)}, label

        if cache == "memory":
            loaded = rows.map(load, num_parallel_calls=tf.data.AUTOTUNE).batch(len(files))
            x, y = next(iter(loaded))
            return shuffled_tensors(x, y)
        shuffled = rows.shuffle(len(files)).repeat()
        loaded = shuffled.map(load, num_parallel_calls=tf.data.AUTOTUNE)
        return loaded.batch(BATCH, drop_remainder=True).prefetch(tf.data.AUTOTUNE)

    def keras_utility() -> Any:
        import keras
        import tensorflow as tf

        if cache == "memory":  # cached batches would be the same ones each epoch
            images = keras.utils.image_dataset_from_directory(
                folder, batch_size=BATCH, image_size=(SIZE, SIZE), shuffle=False, verbose=False
            ).unbatch()
            shuffled = images.cache().shuffle(len(list(folder.glob("*/*.jpg")))).repeat()
            return shuffled.batch(BATCH, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
        batches = keras.utils.image_dataset_from_directory(
            folder, batch_size=BATCH, image_size=(SIZE, SIZE), verbose=False
        )
        return batches.repeat().prefetch(tf.data.AUTOTUNE)

    source = {"type": "image_folder", "path": str(folder), "image_size": [SIZE, SIZE]}
    return {
        "tf_data": tuned,
        "image_dataset_from_directory": keras_utility,
        "kerascfg": ours({**source, "antialias": False}, "label", cache),
    }


def record_case(file: Path, count: int, cache: str) -> Contenders:
    """Return the contenders on a TFRecord file of encoded images, resized and smoothed."""
    said = {"image": {"shape": [SIZE, SIZE, 3], "decode": "image"}, "label": {"dtype": "int64"}}

    def tuned() -> Any:
        import tensorflow as tf

        spec = {
            "image": tf.io.FixedLenFeature((), tf.string),
            "label": tf.io.FixedLenFeature((), tf.int64),
        }

        def decode(record: Mapping[str, Any]) -> Any:
            return {"image": pixels(record["image"], True)}, record["label"]

        records = tf.data.TFRecordDataset(str(file))
        parsed = records if cache == "memory" else records.shuffle(count).repeat()
        rows = parsed.batch(BATCH).map(
            lambda batch: tf.io.parse_example(batch, spec), num_parallel_calls=tf.data.AUTOTUNE
        )
        loaded = rows.unbatch().map(decode, num_parallel_calls=tf.data.AUTOTUNE)
        if cache == "memory":
            return shuffled_tensors(*next(iter(loaded.batch(count))))
        return loaded.batch(BATCH, drop_remainder=True).prefetch(tf.data.AUTOTUNE)

    return {
        "tf_data": tuned,
        "kerascfg": ours({"type": "tfrecord", "path": str(file), "features": said}, "label", cache),
    }


if __name__ == "__main__":
    main()
