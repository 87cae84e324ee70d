import numpy as np
import pytest

from kerascfg.data import epoch_order, evaluation_order, training_order


def test_the_order_is_a_function_of_seed_and_epoch():
    assert (epoch_order(7, 3, 50) == epoch_order(7, 3, 50)).all()
    assert (epoch_order(7, 3, 50) != epoch_order(7, 4, 50)).any()
    assert (epoch_order(7, 3, 50) != epoch_order(8, 3, 50)).any()
    assert sorted(epoch_order(7, 3, 50)) == list(range(50))


@pytest.mark.parametrize("rows", [1, 5, 31, 32, 33, 100])
@pytest.mark.parametrize("replicas", [1, 2, 3, 4])
def test_a_training_epoch_takes_every_row_once_in_full_batches(rows, replicas):
    indices, weights = training_order(0, 0, rows, 32, replicas)
    assert indices.shape == weights.shape
    assert indices.shape[1] % replicas == 0
    assert 0 <= indices.shape[1] - 32 < replicas
    assert sorted(indices[weights > 0]) == list(range(rows))


def test_filling_is_taken_from_the_start_of_the_same_order_at_weight_zero():
    indices, weights = training_order(seed=1, epoch=2, rows=5, batch_size=4)
    order = epoch_order(1, 2, 5)
    assert indices.ravel().tolist() == [*order, *order[:3]]
    assert weights.tolist() == [[1, 1, 1, 1], [1, 0, 0, 0]]


def test_several_replicas_take_the_same_steps_as_one():
    one, one_weights = training_order(0, 0, 70, 32)
    three, three_weights = training_order(0, 0, 70, 32, replicas=3)
    losses = np.random.default_rng(0).random(70)
    averages = (losses[one] * one_weights).mean(axis=1)
    assert (losses[three] * three_weights).mean(axis=1) == pytest.approx(averages)
    assert three.shape == (3, 33)


@pytest.mark.parametrize("rows", [1, 5, 32, 33, 179, 360])
@pytest.mark.parametrize("replicas", [1, 2, 3, 4])
def test_evaluation_averages_are_the_means_over_the_rows(rows, replicas):
    indices, weights = evaluation_order(rows, 32, replicas)
    losses = np.random.default_rng(0).random(rows)
    averages = (losses[indices] * weights).mean(axis=1)
    assert averages.mean() == pytest.approx(losses.mean())
    assert indices[weights > 0].tolist() == list(range(rows))
    assert indices.shape[1] % replicas == 0


def test_evaluation_batches_are_cut_to_need_little_filling():
    indices, weights = evaluation_order(rows=33, batch_size=32)
    assert indices.shape == (2, 17)
    assert (weights == 0).sum() == 1
    assert evaluation_order(rows=3, batch_size=1, replicas=4)[0].shape == (1, 4)


def test_rows_of_like_length_come_together_in_an_order_of_their_own_each_epoch():
    lengths = np.random.default_rng(0).integers(1, 100, 1000)
    one, weights = training_order(1, 0, 1000, 32, lengths=lengths)
    other, _ = training_order(1, 1, 1000, 32, lengths=lengths)
    spread = np.ptp(lengths[one[:-1]], axis=1)
    assert spread.max() <= 5
    assert sorted(one[weights > 0]) == list(range(1000))
    assert (one != other).any()
    assert (one == training_order(1, 0, 1000, 32, lengths=lengths)[0]).all()
    means = lengths[one[:-1]].mean(axis=1)
    assert (np.diff(means) < 0).any() and (np.diff(means) > 0).any()


def test_batches_are_lengthened_for_replicas_by_samples_that_they_hold():
    indices, _ = training_order(0, 0, 70, 32, replicas=3)
    assert (indices[:, 32:] == indices[:, :1]).all()
