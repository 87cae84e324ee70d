"""One table is one table, whatever format it comes in."""

from __future__ import annotations

import csv
import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from kerascfg.data import open_data

pytestmark = pytest.mark.slow
pa = pytest.importorskip("pyarrow")
feather = pytest.importorskip("pyarrow.feather")
parquet = pytest.importorskip("pyarrow.parquet")

SOURCES = {
    "many files": {"type": "csv", "path": "part-*.csv"},
    "tabs": {"type": "csv", "path": "digits.tsv", "separator": "\t"},
    "parquet": {"type": "parquet", "path": "digits.parquet"},
    "parquet on disk": {"type": "parquet", "path": "digits.parquet", "in_memory": False},
    "arrow": {"type": "arrow", "path": "digits.feather"},
    "jsonl": {"type": "jsonl", "path": "digits.jsonl"},
}


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> Path:
    """The digits with some pixels missing and the name of a writer, in every format."""
    from sklearn.datasets import load_digits

    folder = tmp_path_factory.mktemp("digits")
    bunch = load_digits()
    names = [*(f"pixel{index}" for index in range(64)), "writer", "digit"]
    rows = [
        [*(None if value == 13 else value / 16 for value in pixels.tolist()), "ABC"[i % 3], digit]
        for i, (pixels, digit) in enumerate(
            zip(bunch.data[:300], bunch.target.tolist(), strict=False)
        )
    ]
    write_csv(folder / "digits.csv", names, rows)
    write_csv(folder / "digits.tsv", names, rows, "\t")
    for start in (0, 100, 200):
        write_csv(folder / f"part-{start}.csv", names, rows[start : start + 100])
    lines = (json.dumps(dict(zip(names, row, strict=True))) for row in rows)
    (folder / "digits.jsonl").write_text("\n".join(lines))
    table = pa.table([list(column) for column in zip(*rows, strict=True)], names=names)
    parquet.write_table(table, folder / "digits.parquet", row_group_size=70)
    feather.write_feather(table, folder / "digits.feather", chunksize=70)
    return folder


def write_csv(file, names, rows, separator=","):
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream, delimiter=separator)
        writer.writerow(names)
        writer.writerows(rows)


def opened(source):
    return open_data({"source": source, "target": "digit"}, task="classification", seed=3)


def batches(data):
    training = islice(data.training_batches().as_numpy_iterator(), 2 * data.steps_per_epoch)
    return [*training, *data.evaluation_batches("test")[0].as_numpy_iterator()]


@pytest.mark.parametrize("name", SOURCES)
def test_the_batches_are_bit_equal_to_those_of_one_csv_file(name, digits, monkeypatch):
    monkeypatch.chdir(digits)
    monkeypatch.setenv("KERASCFG_CACHE", str(digits / "cache"))
    expected, data = opened({"type": "csv", "path": "digits.csv"}), opened(SOURCES[name])
    assert data.features == expected.features
    assert data.class_names == expected.class_names
    both = zip(batches(data), batches(expected), strict=True)
    for (x, y, weights), (x_csv, y_csv, weights_csv) in both:
        assert x.keys() == x_csv.keys()
        for feature in x:
            np.testing.assert_array_equal(x[feature], x_csv[feature])
        np.testing.assert_array_equal(y["digit"], y_csv["digit"])
        np.testing.assert_array_equal(weights, weights_csv)


def test_the_fingerprint_is_over_the_bytes_and_differs_from_format_to_format(digits, monkeypatch):
    monkeypatch.chdir(digits)
    monkeypatch.setenv("KERASCFG_CACHE", str(digits / "cache"))
    found = {name: opened(source).fingerprint for name, source in SOURCES.items()}
    assert found["parquet"] == found["parquet on disk"]
    assert len(set(found.values())) == len(found) - 1
