"""Built `preprocess`, `layers` and `postprocess`, and the served model that holds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from kerascfg.errors import ConfigError
from kerascfg.model import build_parts, core_of, learnt_outputs, load_model
from tests.model.people import FACTS, FEATURES, ROWS, batches

pytestmark = pytest.mark.slow

MODEL = """
preprocess:
  town: {type: StringLookup, inputs: city}
  towns: {type: CategoryEncoding, num_tokens: 4, output_mode: one_hot}
  column: {op: expand_dims, inputs: age, axis: -1}
  years: Normalization
layers:
  joined: {type: Concatenate, inputs: [towns, years]}
  head: {type: Dense, units: $data.classes, activation: softmax}
postprocess:
  answer: {type: ClassNames, names: $data.class_names}
"""


def tensors(**rows: Any) -> dict[str, Any]:
    import tensorflow as tf

    return {name: tf.constant(values) for name, values in (rows or ROWS).items()}


def parts_of(text: str, facts: dict[str, Any] | None = None) -> Any:
    return build_parts(yaml.safe_load(text), facts or FACTS, batches)


@pytest.fixture(scope="module")
def parts() -> Any:
    return parts_of(MODEL)


def test_what_learns_takes_what_layers_name(parts: Any):
    shapes = {name: tuple(tensor.shape) for name, tensor in parts.entering.items()}
    assert shapes == {"towns": (None, 4), "years": (None, 1)}
    made = parts.prepare(tensors())
    assert np.asarray(made["years"]).mean() == pytest.approx(0, abs=1e-6)
    assert np.asarray(made["towns"]).tolist()[0] == [0, 1, 0, 0]  # "Ulm" is the most frequent


def test_served_answers_are_those_of_the_parts(parts: Any):
    prepared = parts.prepare(tensors())
    expected = np.asarray(parts.core.model(prepared))
    fed = {name: values for name, values in tensors().items() if name != "wage"}
    answers = parts.served(fed)
    assert [name.decode() for name in answers["answer"].numpy()] == [
        ("no", "yes")[index] for index in expected.argmax(-1)
    ]
    assert learnt_outputs(parts.served) == []


def test_a_served_model_is_saved_whole_and_what_learns_is_taken_out(parts: Any, tmp_path: Path):
    parts.served.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras", {"model": yaml.safe_load(MODEL)})
    fed = {name: values for name, values in tensors().items() if name != "wage"}
    assert (loaded(fed)["answer"].numpy() == parts.served(fed)["answer"].numpy()).all()
    prepared = parts.prepare(tensors())
    assert np.array_equal(core_of(loaded, "model")(prepared), parts.core.model(prepared))


def test_without_preprocess_and_postprocess_what_learns_is_served():
    parts = parts_of("layers: {head: {type: Dense, inputs: wages, units: 1}}".replace(
        "wages", "wage"
    ).replace("head: ", "column: {op: expand_dims, inputs: wage, axis: -1}, head: ").replace(
        "inputs: wage, units", "units"
    ))  # fmt: skip
    assert parts.served is parts.core.model
    assert learnt_outputs(parts.served) is None


def test_a_vocabulary_sizes_layers_also_by_the_models_arguments():
    parts = parts_of("""
    args: {cities: $preprocess.town.vocabulary_size}
    preprocess:
      town: {type: StringLookup, inputs: city}
    layers:
      embed: {type: Embedding, input_dim: $cities, output_dim: 2}
      head: {type: Dense, units: 1}
    """)
    assert parts.facts["town"] == {"vocabulary_size": 4}  # [UNK], Ulm, Bonn, ""
    assert parts.core.model.get_layer("embed").input_dim == 4


def test_copies_in_preprocess_enter_layers_each():
    parts = parts_of("""
    preprocess:
      encoded: {type: FeatureEncoder, each: $data.features}
    layers:
      joined: {type: Concatenate, inputs: [encoded]}
      head: {type: Dense, units: 1}
    """)
    assert set(parts.entering) == {"encoded_city", "encoded_age", "encoded_wage"}
    assert set(parts.served.input) == set(FEATURES)


def test_raw_features_enter_beside_what_is_preprocessed():
    parts = parts_of("""
    preprocess:
      tall: {op: expand_dims, inputs: wage, axis: -1}
    layers:
      column: {op: expand_dims, inputs: age, axis: -1}
      years: Normalization
      both: {type: Concatenate, inputs: [years, tall]}
      head: {type: Dense, units: 1}
    """)
    assert set(parts.entering) == {"age", "tall"}
    assert float(parts.core.model.get_layer("years").mean[0, 0]) == 50


def test_outputs_that_postprocess_does_not_take_are_served_too():
    parts = parts_of("""
    layers:
      column: {op: expand_dims, inputs: age, axis: -1}
      class: {type: Dense, inputs: column, units: 2, activation: softmax}
      years: {type: Dense, inputs: column, units: 1}
    outputs: [class, years]
    postprocess:
      best: {type: ClassNames, inputs: class, names: [a, b], k: 2}
      share: {op: max, inputs: class, axis: -1}
    """)
    assert set(parts.served.output) == {"years", "best_names", "best_probabilities", "share"}
    assert learnt_outputs(parts.served) == ["years"]


def test_a_stated_input_is_held_to_what_preprocess_makes():
    with pytest.raises(ConfigError) as caught:
        parts_of(
            MODEL.replace(
                "layers:",
                """inputs:
  towns: {shape: [5]}
  years: {shape: [1]}
layers:""",
            )
        )
    (problem,) = caught.value.problems
    assert problem.path == "model.inputs.towns.shape"
    assert problem.fix == "'model.inputs.towns.shape=[4]'"


def test_names_that_do_not_fit_the_classes_are_said_with_their_node():
    with pytest.raises(ConfigError) as caught:
        parts_of(MODEL.replace("$data.class_names", "[a, b, c]"))
    (problem,) = caught.value.problems
    assert problem.path == "model.postprocess.answer"
    assert "probabilities of 3 classes" in problem.message


@pytest.mark.parametrize("part", ["preprocess", "postprocess"])
def test_a_layer_that_training_never_reaches_is_refused(part: str):
    graph = {
        "preprocess": "{column: {op: expand_dims, inputs: wage, axis: -1}, "
        "lost: {type: Dense, units: 3}}",
        "postprocess": "{lost: {type: Dense, inputs: head, units: 3}}",
    }
    with pytest.raises(ConfigError) as caught:
        parts_of(f"""
        {part}: {graph[part]}
        layers:
          tall: {{op: expand_dims, inputs: age, axis: -1}}
          both: {{type: Concatenate, inputs: [tall, {"lost" if part == "preprocess" else "tall"}]}}
          head: {{type: Dense, units: 1}}
        """)
    (problem,) = caught.value.problems
    assert problem.path == f"model.{part}.lost"
    assert "Dense with 6 weights to train" in problem.message
    assert "put it into `layers`" in (problem.hint or "")


def test_a_layer_that_is_to_stay_as_it_is_made_may_preprocess():
    parts = parts_of("""
    preprocess:
      number: {op: cast, inputs: age, dtype: int32}
      embed: {type: Embedding, input_dim: 2, output_dim: 2, trainable: false}
    layers:
      head: {type: Dense, inputs: embed, units: 1}
    """)
    assert set(parts.entering) == {"embed"}
