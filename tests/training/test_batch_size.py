"""The search for the largest batch, over memory that is told to it."""

import pytest

from kerascfg.errors import RunError
from kerascfg.training.batch_size import largest_batch

MB = 2**20


def searched(rows=10**6, most=10**9, allowed=None, each=0):
    """Search where `most` samples fit, and each takes so many bytes."""
    tried = []

    def fits(size):
        tried.append(size)
        return size <= most

    found = largest_batch(fits, rows, allowed, peak=lambda: 500 * MB + each * max(tried))
    return found, tried


def test_batches_grow_until_one_runs_out_of_memory():
    found, tried = searched(most=300)
    assert found.batch_size == 256
    assert found.reason == "512 ran out of memory"
    assert tried == [32, 64, 128, 256, 512]


def test_batches_shrink_where_the_first_one_is_too_large():
    assert searched(most=10)[0].batch_size == 8


def test_a_batch_that_would_need_too_much_is_not_tried():
    found, tried = searched(allowed=100 * MB, each=MB)
    assert found.batch_size == max(tried) == 128
    assert "256 would need about 192 MB, more than 100 MB" in found.reason


def test_no_batch_is_larger_than_the_training_split():
    found, _ = searched(rows=100)
    assert found == type(found)(64, "there are 100 training samples")


def test_a_model_too_large_for_one_sample_says_so():
    with pytest.raises(RunError, match="one sample"):
        searched(most=0)
