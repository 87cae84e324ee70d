"""Every mistake is one problem, with its place and the way out."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("argument", "path", "meant"),
    [
        ("optimizer.learning_rat=0.1", "optimizer.learning_rat", "optimizer.learning_rate=0.1"),
        ("+optimizer.learning_rat=0.1", "optimizer.learning_rat", "optimizer.learning_rate=0.1"),
        ("optimzer.learning_rate=0.1", "optimzer", "optimizer.learning_rate=0.1"),
        ("model.layers.conv1.filterz=3", "model.layers.conv1.filterz",
         "model.layers.conv1.filters=3"),
        ("model.layers.conv1.type=Conv2DD", "model.layers.conv1.type",
         "model.layers.conv1.type=Conv2D"),
        ("model.layers.conv1.activation=reluu", "model.layers.conv1.activation",
         "model.layers.conv1.activation=relu"),
        ("model.layers.conv1.kernel_size=(3,3)", "model.layers.conv1.kernel_size",
         "'model.layers.conv1.kernel_size=[3,3]'"),
        ("model.layers.conv3.inputs=convv2", "model.layers.conv3.inputs",
         "model.layers.conv3.inputs=conv2"),
        ("train.epoch=3", "train.epoch", "train.epochs=3"),
        ("export=[litertt]", "export", "export=[litert]"),
        ("export=litertt", "export", "export=litert"),
        ("data=digit", "data", "data=digits"),
        ("optimizer/schedule=cosin", "optimizer/schedule", "optimizer/schedule=cosine"),
        ("schedule=cosine", "schedule", "optimizer/schedule=cosine"),
        ("optimizer=adam,sgd", "optimizer", "-m optimizer=adam,sgd"),
        ("optimizer=[adam,sgd]", "optimizer", "-m optimizer=adam,sgd"),
        ("+optimizer=sgd", "optimizer", "optimizer=sgd"),
        ("~model.layers.conv22", "model.layers.conv22", "~model.layers.conv2"),
        ("optimizer=null", "optimizer", "optimizer=adam"),
        ("~optimizer", "optimizer", "optimizer=adam"),
        ("callbacks.x.type=EarlyStoping", "callbacks.x.type", "callbacks.x.type=EarlyStopping"),
    ],
)  # fmt: skip
def test_a_mistake_on_the_command_line_has_its_fix(problem, argument: str, path: str, meant: str):
    found = problem(argument)
    assert (found.path, found.place, found.fix) == (path, "command line", meant)


@pytest.mark.parametrize(
    "argument",
    ["foo", "", " ", "=3", "a b=3", "--foo=3", "optimizer=", "optimizer=3", "key=", "foo=3",
     "model.layers=null", "model.layers=[a]", "model.layers.conv1.filters=",
     "model.layers.conv1.filters=abc", "model.layers.conv1.filters.x=3", "seed.x=1", "seed=on",
     "~nothing", "name=${nothing}", "name=${name}", "name=${a", "name=${oc.env:HOME}",
     "name=${oc.env:HOME,x}", "name=${oc.decode:3}", "name=$(1 +", "a.b.c.d.e.f.g.h.i.j=3",
     "_target_=os.system", "optimizer._target_=os.system", "model.layers.conv9.filters=3",
     "optimizer@foo=sgd", "hydra/launcher=joblib", "hydra/launchr=basic", "hydra.run.dirr=x",
     "hydra.launcher.n_jobs=2", "hydra.job.chdir=true", "hydra.launcher._target_=os.system",
     "hydra.launcher._target_=${x}", "+hydra.callbacks.x._target_=os.system",
     "+hydra.callbacks={x: {_target_: os.system}}", "hydra.run.dir=${nothing}"],
)  # fmt: skip
def test_every_other_mistake_there_is_one_problem_too(problem, argument: str):
    found = problem(argument)
    assert found.place == "command line"
    for raw in ("Traceback", "full_key", "object_type", "EOF", "append to your"):
        assert raw not in found.message


def test_two_mistakes_are_two_problems(problems):
    found = problems("optimizer.learning_rat=0.1", "model.layers.conv1.filterz=3", "data=digit")
    assert {problem.path for problem in found} == {
        "optimizer.learning_rat", "model.layers.conv1.filterz", "data",
    }  # fmt: skip


def test_after_a_misspelled_choice_the_rest_is_checked_against_what_was_meant(problems):
    found = problems("data=cvs", "data.source.path=none.csv", "data.target=x")
    assert [problem.path for problem in found] == ["data", "data.source.path"]


def test_after_an_unknown_choice_what_depends_on_it_is_not_missed(problem):
    assert problem("model=xyzzy", "model.layers.conv1.filterz=3").path == "model"


def test_a_mistake_in_every_job_of_a_sweep_is_said_once(problem):
    found = problem("optimizer.learning_rat=0.1,0.2", "optimizer=adam,adamw", multirun=True)
    assert found.path == "optimizer.learning_rat"


def test_a_mistake_in_one_job_of_a_sweep_is_found(problem):
    found = problem("optimizer.learning_rate=0.1,abc", multirun=True)
    assert "abc" in found.message


def test_a_model_without_the_nodes_of_a_task_or_backbone_is_refused(problem):
    found = problem("backbone=mobilenet_v2")
    assert "scale and backbone" in found.message
    assert found.fix == "backbone=null"
    assert problem("model=null").fix == "task=null"


FILES = {
    "an unknown argument": ("layers:\n  flat: Flatten\n  head: {type: Dense, unitz: 3}", 3),
    "an unknown key": ("layers: {flat: Flatten, head: Dense}\nblockz: {}", 2),
    "a wrong value": ("layers:\n  flat: Flatten\n  head: {type: Dense, use_bias: maybe}", 3),
    "a missing input": ("layers:\n  head: Dense\n  add:\n    type: Add\n    inputs: [heat]", 5),
    "a tab": ("layers:\n\tflat: Flatten", 2),
    "an unquoted interpolation": ("layers:\n  head: {type: Dense, units: ${x}}", 2),
    "an unquoted ???": ("layers:\n  head: {type: Dense, units: ???}", 2),
    "a key twice": ("layers:\n  head: Dense\n  head: Dense", 3),
    "a list": ("- a\n- b", 1),
    "a key read as true": ("layers:\n  on: Flatten\n  head: Dense", 2),
    "hydra's target": ("layers:\n  head:\n    type: Dense\n    _target_: os.system", 4),
    "the environment": ("layers: {flat: Flatten, head: Dense}\nargs:\n  x: '${oc.env:HOME}'", 3),
    "hydra's settings": ("layers: {head: Dense}\nhydra:\n  run: {dir: x}", 2),
}


@pytest.mark.parametrize("mistake", FILES)
def test_a_mistake_in_a_users_file_has_its_line(conf, problem, mistake: str):
    text, line = FILES[mistake]
    conf(model__mine=text)
    assert problem("model=mine").place == f"conf/model/mine.yaml:{line}"


@pytest.mark.parametrize(
    "content",
    [b"layers: {a: \xff}", b"null: 3", b"a: &x\n  b: *x\n", b"defaults: text", b"defaults: [3]"],
)
def test_a_file_that_cannot_be_read_is_named(conf, problem, content: bytes):
    (conf(model__mine="") / "model" / "mine.yaml").write_bytes(content)
    assert (problem("model=mine").place or "").startswith("conf/model/mine.yaml")


def test_nesting_without_end_is_refused(conf, problem):
    conf(model__mine="\n".join("  " * depth + f"a{depth}:" for depth in range(200)))
    assert "less depth" in problem("model=mine").message


GLOBAL = "# @package _global_\n"
EXPERIMENTS = {
    "a choice": (GLOBAL + "defaults:\n  - override /optimizer: adamm", "optimizer", 3),
    "a group": (GLOBAL + "defaults:\n  - override /optimzer: adam", "optimzer", 3),
    "a file": (GLOBAL + "defaults:\n  - /nothing", "nothing", 3),
    "no override": (GLOBAL + "defaults:\n  - /optimizer: sgd", "optimizer", 3),
    "no package": ("defaults:\n  - override /optimizer: sgd", "experiment", 1),
    "no package, a value": ("train: {epochs: 3}", "experiment", 1),
    "a callback of hydra": (GLOBAL + "seed: 1\nhydra: {callbacks: {x: {_target_: os.system}}}",
                            "hydra", 3),
    "a package of hydra": ("# @package hydra.callbacks\nx: {_target_: os.system}", "hydra", 1),
    "an unknown group": (GLOBAL + "modle: {layers: {conv1: {filters: 3}}}", "modle", 2),
}  # fmt: skip


@pytest.mark.parametrize("mistake", EXPERIMENTS)
def test_a_mistake_in_an_experiment_has_its_line(conf, problem, mistake: str):
    text, path, line = EXPERIMENTS[mistake]
    conf(experiment__mine=text)
    found = problem("experiment=mine")
    assert (found.path, found.place) == (path, f"conf/experiment/mine.yaml:{line}")


def test_hydras_search_path_cannot_be_set_by_a_file(conf, problem):
    conf(config="defaults: [{optimizer: adam}]\nhydra: {searchpath: ['pkg://antigravity']}")
    assert problem().path == "hydra"


def test_hydras_groups_cannot_be_filled_by_a_user(conf, problem):
    conf(hydra__launcher__mine="_target_: os.system")
    assert problem("hydra/launcher=mine").path == "hydra"


def test_the_environment_cannot_choose_a_file(conf, problem):
    conf(experiment__mine=GLOBAL + "defaults:\n  - /callbacks: ${oc.env:HOME}")
    assert "HOME" in problem("experiment=mine").message


def test_a_config_that_is_not_there_is_named(problem):
    assert problem(config_name="nowhere").path == "--config-name"


WRONG = [
    None, [], {}, -1, 0.5, "x", "", True, [None], [[1]], {"type": 3}, {"type": "Dense"}, {1: 2},
    "$x", "$(", "???", {"_target_": "os.system"}, "a.b.c", "..", float("nan"),
]  # fmt: skip


def places(value, path=()):
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else ()
    for key, item in enumerate(value) if isinstance(value, list) else items:
        yield from places(item, (*path, key))


@pytest.mark.parametrize(
    "overrides",
    [["model=resnet18"], ["model=two_inputs", "task=null"], ["optimizer/schedule=warmup_cosine"]],
)
def test_whatever_stands_wherever_the_check_answers_with_problems(config, overrides: list[str]):
    import copy

    from kerascfg.interpreter import check

    whole = config(*overrides)
    for *above, last in places(whole):
        for value in WRONG:
            changed = copy.deepcopy(whole)
            holder = changed
            for key in above:
                holder = holder[key]
            holder[last] = value
            for found in check(changed):
                assert found.path and found.message, (above, last, value)


def test_a_sweep_over_more_folds_than_there_are_is_refused_before_the_first_starts(compose):
    from kerascfg.interpreter import check

    sweep = ("data.split.fold=range(3)", "data.split.folds=2")
    _, (problem,) = compose(*sweep, multirun=True, check=check)
    assert problem.path == "data.split.fold"
    assert "from 0 to 1, since there are 2 folds. Received: 2" in problem.message
