"""Too little memory for a step: the batch, the layers that take it, and the way out."""

import io

import pytest
from rich.console import Console

from kerascfg.errors import RunError
from kerascfg.training.memory import explain_memory

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model():
    import keras

    inputs = keras.Input((8, 8, 1), name="image")
    up = keras.layers.UpSampling2D(4, name="up")(inputs)
    inner = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Conv2D(8, 3, name="conv")])
    inner.name = "inner"
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D(name="gap")(inner(up)))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 1 bytes"),
        ValueError("OOM when allocating tensor with shape[1]"),
    ],
)
def test_the_batch_the_largest_layers_and_half_of_it_are_named(model, error):
    said = str(explain_memory(error, model, 1024))
    assert "in a step with data.batch_size=1024" in said
    assert "the largest: inner/conv 28.12 MiB (87%), up 4 MiB (12%)" in said
    assert "data.batch_size=512 halves it" in said


def test_one_sample_cannot_be_halved(model):
    assert "one sample is too large" in str(explain_memory(MemoryError(), model, 1))


def test_another_error_is_not_about_memory(model):
    assert explain_memory(ValueError("shapes do not fit"), model, 8) is None


def test_a_step_that_no_machine_has_the_memory_for_is_explained(tmp_path):
    from kerascfg.api import load
    from kerascfg.interpreter import train
    from kerascfg.runs import create_run, ending

    config = load([
        "export=[]", "train.epochs=1", "model.layers.flat=GlobalAveragePooling2D",
        "model.layers.huge={type: UpSampling2D, size: 2000, after: relu3}",
    ])  # fmt: skip
    run = create_run(tmp_path / "run")
    said = r"the largest: huge \d.*data\.batch_size="
    with pytest.raises(RunError, match=said) as raised, ending(run):
        train(config, run, Console(file=io.StringIO()))
    assert run.status_json()["message"] == str(raised.value)


def test_a_killed_worker_is_not_taken_for_a_step_without_memory(model):
    died = RunError("worker 1 of 2 was ended by SIGKILL (the machine may have run out of memory)")
    assert explain_memory(died, model, 16) is None
