import subprocess
import sys

import pytest

from kerascfg.data import Augment, open_data
from kerascfg.model import build_augment

pytestmark = pytest.mark.slow

TURN = {"turn": {"type": "RandomTranslation", "height_factor": 0.3, "width_factor": 0.3}}


@pytest.fixture(scope="module")
def digits():
    data = open_data({"source": "digits", "batch_size": 32}, task="classification", seed=1)
    features = {
        name: {"shape": list(s.shape), "dtype": s.dtype} for name, s in data.features.items()
    }
    run = build_augment(TURN, features, {}, {}, seed=1)
    return data, data.augmented(Augment(run))


def images(dataset, count):
    return [x["image"] for x, *_ in dataset.take(count).as_numpy_iterator()]


def test_only_training_batches_are_augmented(digits):
    plain, augmented = digits
    pairs = zip(
        images(plain.training_batches(), 2), images(augmented.training_batches(), 2), strict=True
    )
    assert all((one != other).any() for one, other in pairs)
    (one,), (other,) = (images(d.evaluation_batches("test")[0], 1) for d in digits)
    assert (one == other).all()


def test_the_same_seed_gives_the_same_batches_from_wherever_a_run_goes_on(digits):
    _, data = digits
    steps = data.steps_per_epoch
    whole = images(data.training_batches(), steps + 2)
    again = images(data.training_batches(first_epoch=1), 2)
    assert all((one == other).all() for one, other in zip(whole[steps:], again, strict=True))
    assert (whole[0] != whole[1]).any()


def test_a_config_that_augments_trains(tmp_path):
    command = [
        *(sys.executable, "-m", "kerascfg", "train", "experiment=digits_cnn", "train.epochs=1"),
        f"hydra.run.dir={tmp_path / 'run'}",
        "+data.augment.turn={type: RandomTranslation, height_factor: 0.1, width_factor: 0.1}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
