"""Composition over a user's own files and the shipped ones."""

from __future__ import annotations

import pytest


def test_the_default_experiment_is_composed_of_plain_containers(config):
    found = config()
    assert found["name"] == "digits_cnn"
    assert type(found["model"]["layers"]["conv1"]) is dict
    assert "hydra" not in found


def test_a_users_file_stands_before_the_shipped_one_of_the_same_name(conf, config):
    conf(optimizer__sgd="{type: SGD, learning_rate: 0.5}")
    assert config("optimizer=sgd")["optimizer"] == {"type": "SGD", "learning_rate": 0.5}
    assert config("optimizer=adam")["optimizer"]["type"] == "Adam"


def test_a_users_config_replaces_the_shipped_one_whole(conf, config):
    conf(config="defaults: [{optimizer: adam}]\nname: mine")
    assert set(config()) == {"name", "optimizer"}


def test_another_folder_ranks_behind_both(conf, compose, tmp_path):
    conf(optimizer__one="type: SGD")
    (tmp_path / "more" / "optimizer").mkdir(parents=True)
    (tmp_path / "more" / "optimizer" / "two.yaml").write_text("type: Lion")
    (tmp_path / "more" / "optimizer" / "one.yaml").write_text("type: Lion")
    for name, kind in (("one", "SGD"), ("two", "Lion")):
        (job,), found = compose(f"optimizer={name}", config_dir="more")
        assert (found, job.config["optimizer"]["type"]) == ([], kind)


@pytest.mark.parametrize(
    ("overrides", "path", "expected"),
    [
        (["optimizer=sgd"], "optimizer", {"type", "learning_rate", "momentum"}),
        (["optimizer.type=Lion"], "optimizer", {"type"}),
        (["model.layers.conv1.type=Dense", "model.layers.conv1.units=3"], "model.layers.conv1",
         {"type", "units"}),
        (["model.layers.conv1.units=3", "model.layers.conv1.type=Dense"], "model.layers.conv1",
         {"type", "units"}),
        (["model.layers.pool.strides=1"], "model.layers.pool", {"type", "strides"}),
        (["task=regression"], "metrics", {"mae", "rmse"}),
        (["data=csv"], "data.source", {"type", "path"}),
        (["strategy=mirrored"], "strategy", {"type"}),
    ],
)  # fmt: skip
def test_a_swap_leaves_no_stale_argument(config, overrides: list[str], path: str, expected: set):
    found = config(*overrides)
    for key in path.split("."):
        found = found[key]
    assert {key for key, value in found.items() if value is not None} <= expected


def test_a_task_brings_its_own_head_loss_and_metrics(config):
    found = config("task=regression")
    assert found["model"]["layers"]["head"].get("activation") in (None, "linear")
    assert not {"accuracy"} & set(found["metrics"])
    assert "Crossentropy" not in str(found["loss"])


def test_a_backbone_swaps_its_preprocessing_too(config):
    transfer = config("model=transfer")["model"]["layers"]
    other = config("model=transfer", "backbone=resnet50")["model"]["layers"]
    assert list(transfer) == list(other)
    assert "resnet" in other["scale"]["op"]
    assert other["backbone"]["type"] == "keras.applications.ResNet50"


def test_a_users_experiment_swaps_a_node_and_chooses_groups(conf, config):
    conf(
        experiment__mine="""
        # what it is for
        # @package _global_
        defaults:
          - override /optimizer: sgd
          - override /task: regression
        model: {layers: {conv1: {type: Dense, units: 3}}}
        train: {epochs: 2}
        """
    )
    found = config("experiment=mine")
    assert found["optimizer"]["type"] == "SGD"
    assert found["model"]["layers"]["conv1"] == {"type": "Dense", "units": 3}
    assert found["train"]["epochs"] == 2
    assert found["task"] == "regression"
    assert "accuracy" not in found["metrics"]


def test_arguments_that_no_file_states_can_be_set(config):
    found = config("model.layers.conv1.dilation_rate=2", "+optimizer.clipnorm=1", "++seed=3")
    assert found["model"]["layers"]["conv1"]["dilation_rate"] == 2
    assert found["optimizer"]["clipnorm"] == 1
    assert found["seed"] == 3


def test_a_rate_reaches_the_schedule_from_both_sides(config):
    path = ("optimizer", "learning_rate", "initial_learning_rate")
    for overrides, rate in (
        (["optimizer=sgd", "optimizer/schedule=cosine"], 0.01),
        (["optimizer/schedule=cosine", "optimizer.learning_rate=0.3"], 0.3),
    ):
        found = config(*overrides)
        for key in path:
            found = found[key]
        assert found == rate


def test_interpolations_resolve_and_expressions_stay(config):
    found = config("name=${optimizer.type}_${seed}", "model.layers.head.units=$data.classes")
    assert found["name"] == "Adam_1"
    assert found["model"]["layers"]["head"]["units"] == "$data.classes"


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("name=Grüße", "Grüße"),
        ("name=a b", "a b"),
        ("name='1,5'", "1,5"),
        ("name=", ""),
        ("name=null", None),
        ('name="$(4 * x)"', "$(4 * x)"),
        ("name=[a,b]", ["a", "b"]),
        ("name={a: 1}", {"a": 1}),
    ],
)
def test_values_are_read_as_they_are_typed(config, argument: str, value: object):
    assert config(argument)["name"] == value


@pytest.mark.parametrize(
    "path", ["/data/a b.csv", "a=b.csv", "x,y(1).csv", 'it"s.csv', "~/x.csv", "C:\\new\\x.csv"]
)
def test_paths_need_no_second_quotes(config, path: str):
    assert config("data=csv", f"data.source.path={path}")["data"]["source"]["path"] == path


def test_the_last_choice_of_a_group_counts(config):
    assert config("optimizer=adam", "optimizer=sgd")["optimizer"]["type"] == "SGD"


def test_lists_of_files_are_merged(config):
    assert set(config("export=[litert]")["export"]) == {"litert"}
    assert set(config("export=litert")["export"]) == {"litert"}
    assert not config("export=[]").get("export")


def test_values_of_a_sweep_become_jobs(compose):
    jobs, found = compose("optimizer=adam,sgd", "train.epochs=1,2", "name='a,b'", multirun=True)
    assert found == []
    said = [(job.config["optimizer"]["type"], job.config["train"]["epochs"]) for job in jobs]
    assert said == [("Adam", 1), ("Adam", 2), ("SGD", 1), ("SGD", 2)]
    assert {job.config["name"] for job in jobs} == {"a,b"}


@pytest.mark.parametrize(
    ("sweep", "count"),
    [
        ("train.epochs=range(1,4)", 3),
        ("optimizer=glob(ad*)", 6),
        ("data.split.fold=range(5)", 5),
    ],
)
def test_hydras_own_spellings_of_a_sweep_work(compose, sweep: str, count: int):
    jobs, found = compose(sweep, multirun=True)
    assert (len(jobs), found) == (count, [])


def test_directories_may_hold_interpolations_and_spaces(compose):
    (job,), found = compose("hydra.run.dir=my runs/a=b/${name}")
    assert found == []
    assert job.directories == {"run": "my runs/a=b/digits_cnn"}
