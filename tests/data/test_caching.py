import os
import subprocess
import sys

import pytest

from kerascfg.data import caching, check_data, open_data
from kerascfg.data.sizes import readable_size, size_in_bytes
from kerascfg.errors import RunError


@pytest.mark.parametrize(
    ("said", "size"), [("2GB", 2 * 2**30), ("1.5 kb", 1536), ("7", 7), ("much", None), ("", None)]
)
def test_sizes_are_read_as_people_write_them(said, size):
    assert size_in_bytes(said) == size


def test_sizes_are_written_as_people_read_them():
    assert [readable_size(n) for n in (7, 1536, 3 * 2**40)] == ["7 bytes", "1.5 KB", "3 TB"]


def test_a_limit_that_is_no_size_is_a_problem():
    (problem,) = check_data({"source": "digits", "cache_limit": "much"}, "classification")
    assert problem.path == "data.cache_limit"


def images(folder, **more):
    source = {"type": "image_folder", "path": str(folder), "image_size": [8, 8]}
    return open_data({"source": source, "batch_size": 4, **more}, task="classification", seed=1)


@pytest.mark.slow
def test_samples_on_disk_give_the_batches_of_those_in_memory(digit_images, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASCFG_CACHE", str(tmp_path))
    batches = [
        [
            (x["image"].tolist(), y["label"].tolist(), w.tolist())
            for x, y, w in data.training_batches().take(9).as_numpy_iterator()
        ]
        for data in (images(digit_images), images(digit_images, cache="disk"))
    ]
    assert batches[0] == batches[1]


@pytest.mark.slow
def test_what_exceeds_the_limit_is_refused_before_training_with_the_way_out(digit_images):
    data = images(digit_images, cache_limit="1KB")
    with pytest.raises(RunError, match=r"at most 1 KB .*Received: 15 KB\n  fix:  data.cache=disk"):
        data.training_batches()
    images(digit_images, cache_limit="15KB").training_batches()


@pytest.mark.slow
def test_the_file_goes_with_the_process(digit_images, tmp_path):
    source = {"type": "image_folder", "path": str(digit_images), "image_size": [8, 8]}
    code = (
        "import os\n"
        "from kerascfg.data import open_data\n"
        "from kerascfg.cache_folder import cache_folder\n"
        f"data = open_data({{'source': {source}, 'cache': 'disk'}}, task=None, seed=1)\n"
        "data.arrays('train')\n"
        "left = len(list((cache_folder() / 'samples').iterdir()))\n"
        "assert left == (1 if os.name == 'nt' else 0)\n"
        "assert len(data.arrays('train')[0]['image']) == 16\n"
        "os._exit(0) if os.name != 'nt' else None  # as a process that is killed"
    )
    environment = {**os.environ, "KERASCFG_CACHE": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert list((tmp_path / "cache" / "samples").iterdir()) == []


@pytest.mark.parametrize("cache", ["memory", "disk", "none"])
def test_a_split_without_rows_is_kept_anywhere(digit_images, cache, monkeypatch, tmp_path):
    monkeypatch.setenv("KERASCFG_CACHE", str(tmp_path))
    data = images(digit_images, cache=cache, split={"train": 0.8, "validation": 0.2, "test": 0})
    x, y = data.arrays("test")
    assert (x["image"].shape, y["label"].shape) == ((0, 8, 8, 3), (0,))
    with pytest.raises(RunError, match="Received: test, which has none"):
        data.evaluation_batches("test")


def test_the_limit_counts_what_is_made_of_targets(digit_images):
    import tensorflow as tf

    from kerascfg.data import Prepare, TensorSpec

    spec = TensorSpec((64, 64), "float32")

    def spread(batch):
        return {"label": tf.ones((tf.shape(batch["image"])[0], 64, 64))}

    data = images(digit_images, cache_limit="100KB").prepared(
        targets=Prepare(spread, {"label": spec})
    )
    with pytest.raises(RunError, match="Received: 335 KB"):
        data.training_batches()


@pytest.mark.skipif(os.name != "posix", reason="open files keep their names")
def test_what_a_killed_process_left_is_deleted_a_day_later(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASCFG_CACHE", str(tmp_path))
    old, new = tmp_path / "samples" / "old", tmp_path / "samples" / "new"
    for folder in (old, new):
        (folder / "features").mkdir(parents=True)
    os.utime(old, (0, 0))
    made = caching._new_folder()
    assert set((tmp_path / "samples").iterdir()) == {new, made}
