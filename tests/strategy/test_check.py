from __future__ import annotations

from kerascfg.strategy.auto import explained
from kerascfg.strategy.check import check_shares, check_steps, check_strategy
from kerascfg.strategy.multi_worker import Place, check_launch, launched_as


def test_every_strategy_is_a_node_or_a_bare_name():
    assert check_strategy("cpu", 32) == []
    assert check_strategy({"type": "cpu", "threads": 2}, 32) == []
    assert check_strategy({"type": "mirrored", "logical_devices": 4}, 32) == []


def test_a_misspelled_strategy_and_argument_are_named():
    (name,) = check_strategy("mirored", 32)
    assert name.fix == "strategy=mirrored"
    (argument,) = check_strategy({"type": "cpu", "thread": 2}, 32)
    assert argument.fix == "strategy.threads=2"


def test_a_batch_that_devices_cannot_share_evenly_is_refused_with_the_nearest_that_they_can():
    (problem,) = check_strategy({"type": "mirrored", "logical_devices": 3}, 32)
    assert (problem.path, problem.fix) == ("data.batch_size", "data.batch_size=33")
    assert check_shares(2, 4)[0].fix == "data.batch_size=4"
    assert check_shares(32, 1) == []


def test_there_is_one_device_at_least():
    (problem,) = check_strategy({"type": "mirrored", "logical_devices": 0}, 32)
    assert problem.path == "strategy.logical_devices"


def test_precision_and_compilation_are_arguments_of_every_strategy():
    for name in ("auto", "cpu", "gpu", "mirrored"):
        (precision,) = check_strategy({"type": name, "precision": "half"}, 32)
        (jit,) = check_strategy({"type": name, "jit": "maybe"}, 32)
        assert (precision.path, jit.path) == ("strategy.precision", "strategy.jit")
        assert "float32, bfloat16, float16" in precision.message


def test_what_several_replicas_of_tensorflow_do_otherwise_is_refused():
    given = {"optimizer": {"type": "SGD", "clipnorm": 1.0, "gradient_accumulation_steps": 2}}
    clips, accumulates = check_steps("mirrored", None, given)
    assert clips.fix == "~optimizer.clipnorm"
    assert accumulates.path == "optimizer.gradient_accumulation_steps"
    assert check_steps("mirrored", 1, given) == check_steps("data_parallel", 4, given) == []


def test_float16_is_refused_where_there_is_no_arithmetic_for_it():
    for node in (
        {"type": "cpu", "precision": "float16"},
        {"type": "data_parallel", "logical_devices": 2, "precision": "float16"},
        {"type": "tpu", "precision": "float16"},
    ):
        (problem,) = check_strategy(node, 32)
        assert problem.path == "strategy.precision"
        assert "bfloat16" in problem.message
    assert check_strategy({"type": "gpu", "precision": "float16"}, 32) == []


def test_xla_cannot_compile_over_mirrored_devices():
    (problem,) = check_strategy({"type": "mirrored", "jit": True}, 32)
    assert problem.fix == "strategy.jit=auto"


def test_devices_are_gpus_or_parts_of_the_processor():
    (problem,) = check_strategy({"type": "mirrored", "devices": 2, "logical_devices": 2}, 32)
    assert problem.path == "strategy.devices"


def test_a_batch_is_shared_by_the_first_axis_of_a_mesh_and_by_all_workers():
    mesh = {"type": "model_parallel", "mesh": {"batch": 3, "model": 2}, "layout": {}}
    (of_mesh,) = check_strategy(mesh, 32)
    workers = {"type": "multi_worker", "workers": 2, "logical_devices": 3}
    (of_workers,) = check_strategy(workers, 32)
    assert (of_mesh.fix, of_workers.fix) == ("data.batch_size=33", "data.batch_size=30")


def test_a_layout_names_axes_of_its_mesh_once():
    node = {"type": "model_parallel", "mesh": {"batch": 2, "model": 2}}
    layout = {"a/kernel": ["modle"], "b/kernel": ["model", "model"], "c/kernel": "model"}
    found = check_strategy({**node, "layout": layout}, 32)
    assert [problem.path.rpartition(".")[2] for problem in found] == list(layout)
    assert "batch, model" in found[0].message


def test_a_launcher_says_which_worker_this_is():
    by_hand = {
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": "10.0.0.1:1234,10.0.0.2:1234",
        "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
        "KERAS_DISTRIBUTION_PROCESS_ID": "1",
    }
    assert launched_as(by_hand) == Place(1, 2, "10.0.0.1:1234")
    assert launched_as({"SLURM_NTASKS": "4", "SLURM_PROCID": "3"}) == Place(3, 4, None)
    assert launched_as({"SLURM_NTASKS": "1", "SLURM_PROCID": "0"}) is None
    assert check_launch(None, by_hand) == check_launch(2, by_hand) == check_launch(2, {}) == []
    for workers, environment in (
        (None, {}),
        (3, by_hand),
        (None, {**by_hand, "KERAS_DISTRIBUTION_PROCESS_ID": "2"}),
        (None, {"KERAS_DISTRIBUTION_PROCESS_ID": "0"}),
        (None, {"SLURM_NTASKS": "4", "SLURM_PROCID": "first"}),
    ):
        (problem,) = check_launch(workers, environment)
        assert problem.path in ("strategy", "strategy.workers")


def test_auto_says_what_was_asked_for_and_what_was_found():
    assert "asked for mirrored x4, found 1 GPU: that one" in explained(4, 1)
    assert "asked for mirrored x2, found no GPU: the processor" in explained(2, 0)
    assert explained(None, 0) == "chosen by auto: TensorFlow sees no GPU"
    assert explained(2, 2) == "auto: asked for mirrored x2, found 2 GPUs"
