import pytest
import yaml

from kerascfg.model import build_augment, check_augment

IMAGE = {"image": {"shape": [8, 8, 1], "dtype": "float32"}}
LABEL = {"label": {"shape": [10], "dtype": "float32"}}
CHAIN = "{flip: {type: RandomFlip, mode: horizontal}, turn: {type: RandomRotation, factor: 0.1}}"
MIX = "{flip: RandomFlip, mix: {type: MixUp, inputs: {images: flip, labels: label}}}"


def check(augment, features=("image",), targets=("label",)):
    return check_augment(yaml.safe_load(augment), features, targets)


@pytest.mark.parametrize("features", [("image",), None], ids=["known", "not read yet"])
@pytest.mark.parametrize(
    "augment", [CHAIN, MIX, "{}", "null", "{flip: null, noise: GaussianDropout}"]
)
def test_a_right_augmentation_has_no_problems(augment, features):
    rate = augment.replace("GaussianDropout", "{type: GaussianDropout, rate: 0.1}")
    assert check(rate, features) == []


@pytest.mark.parametrize(
    ("augment", "path", "message"),
    [
        ("[RandomFlip]", "data.augment", "a mapping"),
        ("{flip: RandomFlp}", "data.augment.flip.type", "RandomFlp"),
        ("{flip: {type: RandomFlip, mod: vertical}}", "data.augment.flip.mod", "mod"),
        ("{flip: {type: RandomFlip, inputs: imag}}", "data.augment", "lead back"),
        (
            "{flip: {type: RandomFlip, inputs: image}, turn: {type: RandomFlip, inputs: flop}}",
            "data.augment.turn.inputs",
            "flop",
        ),
    ],
)
def test_what_is_wrong_is_named_where_it_stands(augment, path, message):
    problems = check(augment)
    assert [p.path for p in problems if p.path == path], problems
    assert message in str(problems[0])


def test_several_features_need_inputs():
    assert check("{flip: RandomFlip}", ("left", "right"))
    assert not check("{flip: {type: RandomFlip, inputs: left}}", ("left", "right"))


def build(augment, features=IMAGE, targets=LABEL, seed=1):
    return build_augment(yaml.safe_load(augment), features, targets, {}, seed)


def batch(rows=4):
    import numpy as np

    rng = np.random.default_rng(0)
    return {
        "image": rng.random((rows, 8, 8, 1), "float32") * 255,
        "label": np.eye(10, dtype="float32")[:rows],
    }


def tensors(rows=4):
    import tensorflow as tf

    return {name: tf.constant(value) for name, value in batch(rows).items()}


def at(run, step):
    import tensorflow as tf

    return {k: v.numpy() for k, v in run(tensors(), tf.constant(step, tf.int64)).items()}


@pytest.mark.slow
def test_what_is_random_follows_from_the_seed_and_the_step():
    run, same, other = build(CHAIN), build(CHAIN), build(CHAIN, seed=2)
    assert at(run, 3).keys() == {"image"}
    assert (at(run, 3)["image"] == at(run, 3)["image"]).all()
    assert (at(run, 3)["image"] == at(same, 3)["image"]).all()
    assert (at(run, 3)["image"] != at(run, 4)["image"]).any()
    assert (at(run, 3)["image"] != at(other, 3)["image"]).any()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["MixUp", "CutMix"])
def test_images_and_answers_are_mixed_alike(kind):
    made = at(build(MIX.replace("MixUp", kind)), 0)
    assert made.keys() == {"image", "label"}
    assert made["label"].sum(axis=1) == pytest.approx(1)
    assert (made["label"] != batch()["label"]).any()


@pytest.mark.slow
def test_images_and_masks_are_turned_alike():
    import numpy as np
    import tensorflow as tf

    mask = {"mask": {"shape": [8, 8], "dtype": "int32"}}
    run = build("{flip: {type: RandomFlip, inputs: {images: image, segmentation_masks: mask}}}",
                targets=mask)  # fmt: skip
    values = np.arange(64, dtype="int32").reshape(1, 8, 8).repeat(4, 0)
    fed = {"image": tf.constant(values[..., None], tf.float32), "mask": tf.constant(values)}
    made = run(fed, tf.constant(0, tf.int64))
    assert (made["image"].numpy()[..., 0] == made["mask"].numpy()).all()
    assert (made["mask"].numpy() != values).any()


@pytest.mark.slow
def test_whole_numbers_stay_whole():
    import tensorflow as tf

    pixels = {"image": {"shape": [8, 8, 3], "dtype": "uint8"}}
    run = build("{augment: {type: RandAugment, value_range: [0, 255]}}", pixels)
    made = run({"image": tf.fill((2, 8, 8, 3), tf.cast(100, tf.uint8))}, tf.constant(1, tf.int64))
    assert made["image"].dtype == tf.uint8


@pytest.mark.slow
def test_numbers_of_classes_cannot_be_mixed():
    from kerascfg.errors import ConfigError

    with pytest.raises(ConfigError, match=r"data\.augment\.mix\.inputs\.labels: .*one-hot"):
        build(MIX, targets={"label": {"shape": [], "dtype": "int32"}})


@pytest.mark.slow
def test_a_shape_cannot_be_changed_while_training_only():
    from kerascfg.errors import ConfigError

    with pytest.raises(ConfigError, match=r"data\.augment\.crop: expected the shape of `image`"):
        build("{crop: {type: RandomCrop, height: 4, width: 4}}")
