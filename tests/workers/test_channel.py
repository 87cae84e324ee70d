from __future__ import annotations

from multiprocessing import Pipe

import numpy as np
import pytest

from kerascfg.strategy.devices import Workers
from kerascfg.workers.channel import receive_batch, send_batch
from kerascfg.workers.distribution import environment_of


def test_a_share_of_a_batch_crosses_a_connection_as_it_is():
    features = {"a": np.arange(12, dtype="float32").reshape(4, 3), "b": np.array([True, False] * 2)}
    batch = (features, np.arange(4), {"out": np.ones(4, "float32")})
    ours, theirs = Pipe()
    send_batch(ours, batch, slice(2, 4))
    (x, y, weights) = receive_batch(theirs)
    np.testing.assert_array_equal(x["a"], [[6, 7, 8], [9, 10, 11]])
    assert x["b"].tolist() == [True, False]
    assert (y.tolist(), y.dtype) == ([2, 3], np.dtype("int64"))
    assert weights["out"].shape == (2,)


def test_the_end_of_a_connection_is_told():
    ours, theirs = Pipe()
    ours.close()
    with pytest.raises(EOFError):
        receive_batch(theirs)


def test_workers_of_one_machine_share_its_gpus(monkeypatch: pytest.MonkeyPatch):
    workers = Workers(count=2, here=(0, 1), devices=2)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert environment_of(workers, 1)["CUDA_VISIBLE_DEVICES"] == "2,3"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6,7")
    assert environment_of(workers, 1)["CUDA_VISIBLE_DEVICES"] == "6,7"
    assert environment_of(Workers(first=1), 0)["CUDA_VISIBLE_DEVICES"] == "5"


def test_a_worker_of_another_machine_takes_the_first_gpus(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    workers = Workers(count=4, here=(3,), devices=2)
    assert environment_of(workers, 3)["CUDA_VISIBLE_DEVICES"] == "0,1"
    parts = environment_of(Workers(logical=True, devices=4), 0)
    assert (parts["JAX_PLATFORMS"], parts["JAX_NUM_CPU_DEVICES"]) == ("cpu", "4")
