"""Keras verifies most archives by hash; Fashion-MNIST's it takes as they lie in its cache."""

import gzip
import os
import struct
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits

pytestmark = pytest.mark.slow

OPEN = """
from kerascfg.data import open_data
from kerascfg.errors import RunError
try:
    data = open_data(
        {"source": {"type": "keras_dataset", "name": "NAME"}}, task="classification", seed=0
    )
except RunError as error:
    print(error)
else:
    x, y = data.arrays("test")
    print(data.sizes, data.features["image"], data.class_names["garment"][9])
    print(x["image"].min(), x["image"].max(), sorted(set(y["garment"].tolist())))
"""


def run(name, home):
    nowhere = "http://127.0.0.1:9"
    environment = {**os.environ, "KERAS_HOME": str(home)}
    environment |= {"http_proxy": nowhere, "https_proxy": nowhere, "no_proxy": ""}
    done = subprocess.run(
        [sys.executable, "-c", OPEN.replace("NAME", name)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def write_archive(folder, kind, images, labels):
    with gzip.open(folder / f"{kind}-images-idx3-ubyte.gz", "wb") as stream:
        stream.write(struct.pack(">4i", 2051, len(images), 28, 28) + images.tobytes())
    with gzip.open(folder / f"{kind}-labels-idx1-ubyte.gz", "wb") as stream:
        stream.write(struct.pack(">2i", 2049, len(labels)) + labels.tobytes())


def test_an_archive_in_the_cache_is_read_with_its_own_test_rows(tmp_path):
    bunch = load_digits()
    images = np.zeros((240, 28, 28), np.uint8)
    images[:, 6:22, 6:22] = np.kron(bunch.images[:240], np.ones((2, 2))) * 15.9375
    labels = bunch.target[:240].astype(np.uint8)
    folder = tmp_path / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    write_archive(folder, "train", images[:200], labels[:200])
    write_archive(folder, "t10k", images[200:], labels[200:])
    first, second = run("fashion_mnist", tmp_path).splitlines()
    assert "'test': 40" in first and "shape=(28, 28, 1)" in first and "Ankle boot" in first
    assert second.startswith("0.0 1.0 [0, 1, 2,")


def test_a_download_that_fails_says_what_was_tried_and_the_way_out(tmp_path):
    said = run("mnist", tmp_path)
    assert "`mnist` is neither readable in Keras's cache nor could it be downloaded" in said
    assert "URL fetch failure on https://" in said
    assert str(tmp_path / "datasets" / "mnist.npz") in said
