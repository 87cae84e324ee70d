import numpy as np
import pytest

from kerascfg.data import Prepare, TensorSpec, open_data

pytestmark = pytest.mark.slow


@pytest.fixture(params=["memory", "disk", "none"])
def wines(request, wine_csv):
    config = {
        "source": {"type": "csv", "path": str(wine_csv)},
        "target": "grower",
        "cache": request.param,
        "batch_size": 16,
    }
    return open_data(config, task="classification", seed=1)


def one_feature():
    def function(batch):
        import tensorflow as tf

        return {"wine": tf.stack([batch["hue"] * 2, batch["alcohol"]], axis=1)}

    return Prepare(function, {"wine": TensorSpec((2,), "float32")})


def one_hot():
    def function(batch):
        import tensorflow as tf

        return {"grower": tf.one_hot(batch["grower"], 3), "strong": batch["alcohol"] > 13}

    return Prepare(
        function,
        {"grower": TensorSpec((3,), "float32"), "strong": TensorSpec((), "bool")},
        {"grower": ("Aldo", "Bea", "Carla")},
    )


def test_prepared_batches_are_what_the_functions_make_of_the_raw_ones(wines):
    prepared = wines.prepared(one_feature(), one_hot())
    raw = wines.training_batches().take(12).as_numpy_iterator()
    for (x, y, w), (features, answers, weights) in zip(
        raw, prepared.training_batches().take(12).as_numpy_iterator(), strict=True
    ):
        assert (features["wine"] == np.stack([x["hue"] * 2, x["alcohol"]], axis=1)).all()
        assert (answers["grower"] == np.eye(3)[y["grower"]]).all()
        assert (answers["strong"] == (x["alcohol"] > 13)).all()
        assert (weights == w).all()


def test_specs_facts_and_class_names_are_those_of_what_was_prepared(wines):
    prepared = wines.prepared(one_feature(), one_hot())
    assert list(prepared.features) == ["wine"]
    assert list(prepared.raw_features) == list(wines.features)
    assert prepared.class_names == {"grower": ("Aldo", "Bea", "Carla")}
    facts = prepared.facts()["data"]
    assert facts["classes"] == 3
    assert facts["features"] == {"wine": {"shape": [2], "dtype": "float32"}}
    assert facts["targets"] == {"grower": {"shape": [3]}, "strong": {"shape": []}}


def test_raw_features_stay_within_reach(wines):
    prepared = wines.prepared(features=one_feature())
    (batch, *_) = prepared.feature_batches("train", ["hue"])
    raw, targets = prepared.raw_arrays("train", limit=7)
    assert (batch["hue"].numpy()[:7] == raw["hue"]).all()
    x, y = prepared.arrays("train", limit=7)
    assert (x["wine"][:, 0] == raw["hue"] * 2).all()
    assert (y["grower"] == targets["grower"]).all()


def test_batches_keep_their_static_shape(wines):
    x, y, _ = wines.prepared(one_feature(), one_hot()).training_batches().element_spec
    assert x["wine"].shape == (16, 2)
    assert y["grower"].shape == (16, 3)
