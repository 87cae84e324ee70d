"""The same data by different sources trains on the same batches, bit by bit."""

import io

import h5py
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from kerascfg.data import open_data
from tests.data.tfrecords.writing import write_records

pytestmark = pytest.mark.slow

FEATURES = {
    "image": {"shape": [8, 8, 1], "dtype": "uint8", "decode": "image"},
    "label": {"dtype": "int64"},
}


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    bunch = load_digits()
    images, labels = (bunch.images * 15).astype("uint8")[..., None], bunch.target
    np.savez(folder / "digits.npz", image=images, label=labels)
    np.save(folder / "image.npy", images)
    np.save(folder / "label.npy", labels)
    with h5py.File(folder / "plain.h5", "w") as file:
        file["image"], file["label"] = images, labels
    with h5py.File(folder / "packed.h5", "w") as file:
        file.create_dataset("image", data=images, chunks=(100, 8, 8, 1), compression="gzip")
        file["label"] = labels
    for shard in range(3):
        rows = range(shard * 600, min((shard + 1) * 600, len(labels)))
        records = ({"image": png(images[row]), "label": int(labels[row])} for row in rows)
        write_records(folder / f"digits-{shard}.tfrecord", records)
    return {
        "npz": {"type": "npz", "path": str(folder / "digits.npz")},
        "npy": {"type": "npy", "path": str(folder)},
        "hdf5": {"type": "hdf5", "path": str(folder / "plain.h5")},
        "packed hdf5": {"type": "hdf5", "path": str(folder / "packed.h5")},
        "tfrecord": {
            "type": "tfrecord",
            "path": str(folder / "digits-*.tfrecord"),
            "features": FEATURES,
        },
    }


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels[:, :, 0]).save(buffer, "PNG")
    return buffer.getvalue()


def batches(source, cache):
    config = {"source": source, "target": "label", "batch_size": 100, "cache": cache}
    data = open_data(config, task="classification", seed=3)
    steps = data.steps_per_epoch + 1
    for x, y, weights in data.training_batches().take(steps).as_numpy_iterator():
        yield x["image"], y["label"], weights
    evaluation, count = data.evaluation_batches("test")
    for x, y, weights in evaluation.take(count).as_numpy_iterator():
        yield x["image"], y["label"], weights


@pytest.mark.parametrize("cache", ["none", "memory"])
@pytest.mark.parametrize("name", ["npy", "hdf5", "packed hdf5", "tfrecord"])
def test_batches_are_those_of_the_arrays_in_memory(sources, name, cache):
    pairs = zip(batches(sources["npz"], "memory"), batches(sources[name], cache), strict=True)
    for one, other in pairs:
        for expected, values in zip(one, other, strict=True):
            assert values.dtype == expected.dtype
            assert np.array_equal(values, expected)
