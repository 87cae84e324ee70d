"""What a check says of `preprocess` and `postprocess`."""

from __future__ import annotations

import yaml

from kerascfg.errors import Problem
from kerascfg.model import check_fed, check_model, check_preprocess_facts

TEXT = """
preprocess:
  tokens: {type: TextVectorization, inputs: text, output_sequence_length: 8}
layers:
  embed: {type: Embedding, input_dim: $preprocess.tokens.vocabulary_size, output_dim: 4}
  head: {type: Dense, units: 2}
"""


def problems_of(text: str, features: tuple[str, ...] | None = ("text",)) -> list[Problem]:
    return check_model(yaml.safe_load(text), features)


def only(problems: list[Problem]) -> Problem:
    (problem,) = problems
    return problem


def test_the_first_layer_takes_what_preprocess_ends_in():
    assert problems_of(TEXT, ("text", "title")) == []


def test_a_model_is_right_before_the_data_has_been_read():
    assert problems_of(TEXT, None) == []


def test_layers_take_raw_features_beside_preprocessed_ones():
    model = """
    preprocess:
      years: {type: Normalization, inputs: age}
    layers:
      wide: {type: Dense, inputs: height, units: 2}
      both: {type: Concatenate, inputs: [wide, years]}
      head: {type: Dense, units: 1}
    """
    assert problems_of(model, ("age", "height")) == []


def test_without_one_end_the_first_layer_says_what_it_takes():
    model = """
    preprocess:
      a: {type: Normalization, inputs: age}
      b: {type: Normalization, inputs: height}
    layers:
      both: Concatenate
    """
    found = {problem.path for problem in problems_of(model, ("age", "height"))}
    assert "model.layers.both" in found


def test_a_preprocess_node_may_not_bear_a_features_name():
    model = TEXT.replace("tokens", "text").replace("inputs: text, ", "")
    assert "model.preprocess.text" in {problem.path for problem in problems_of(model)}


def test_a_layer_may_not_bear_a_preprocess_nodes_name():
    found = {problem.path for problem in problems_of(TEXT.replace("head", "tokens"))}
    assert "model.layers.tokens" in found


def test_a_preprocess_node_that_nobody_takes_is_a_mistake():
    model = TEXT.replace("layers:", "  length: {op: shape, inputs: text}\nlayers:").replace(
        "embed: {", "embed: {inputs: tokens, "
    )
    problem = only(problems_of(model))
    assert problem.path == "model.preprocess.length"
    assert problem.fix == "~model.preprocess.length"


def test_arguments_of_preprocess_nodes_are_checked():
    problem = only(problems_of(TEXT.replace("output_sequence_length", "output_sequence_lenght")))
    assert problem.path == "model.preprocess.tokens.output_sequence_lenght"


def test_a_misspelled_feature_is_found():
    problem = only(problems_of(TEXT.replace("inputs: text", "inputs: txt")))
    assert problem.path == "model.preprocess.tokens.inputs"
    assert problem.fix == "model.preprocess.tokens.inputs=text"


def test_args_and_blocks_serve_all_graphs():
    model = """
    args: {words: 100}
    blocks:
      scaled:
        layers:
          scale: {type: Rescaling, scale: 0.5}
    preprocess:
      tokens: {type: TextVectorization, inputs: text, max_tokens: $words}
      half: {block: scaled}
    layers:
      head: {type: Dense, units: 2}
    """
    assert problems_of(model) == []


def test_postprocess_takes_outputs_by_name():
    good = TEXT + "postprocess:\n  answer: {type: ClassNames, inputs: head, names: [a, b]}\n"
    assert problems_of(good) == []
    problem = only(problems_of(good.replace("inputs: head", "inputs: embed")))
    assert problem.path == "model.postprocess.answer.inputs"


def test_postprocess_may_end_in_several_answers():
    model = (
        TEXT
        + """
postprocess:
  best: {type: ClassNames, inputs: head, names: [a, b]}
  listed: {type: ClassNames, inputs: head, names: [a, b], k: 2}
"""
    )
    assert problems_of(model) == []


def test_what_is_no_mapping_is_said():
    problem = problems_of(
        TEXT.split("layers:")[0].split("preprocess:")[0]
        + """
preprocess: [tokens]
layers:
  head: {type: Dense, units: 2}
"""
    )[0]
    assert problem.path == "model.preprocess"


def test_stated_inputs_may_be_preprocess_nodes():
    model = yaml.safe_load("inputs: {tokens: {shape: [8], dtype: int64}}" + TEXT)
    assert check_model(model, ("text",)) == []
    assert check_fed(model, ("text",)) == []


def test_a_fact_of_preprocess_is_asked_of_a_node_that_is_there():
    def found(text: str) -> Problem:
        return only(check_preprocess_facts({"model": yaml.safe_load(text)}))

    assert check_preprocess_facts({"model": yaml.safe_load(TEXT)}) == []
    unknown = found(TEXT.replace("$preprocess.tokens", "$preprocess.token"))
    assert unknown.fix == "'model.layers.embed.input_dim=$preprocess.tokens.vocabulary_size'"
    other = found(TEXT.replace("tokens.vocabulary_size", "tokens.shape"))
    assert other.path == "model.layers.embed.input_dim"
    early = found(TEXT.replace("length: 8", "length: $preprocess.tokens.vocabulary_size"))
    assert early.path == "model.preprocess.tokens.output_sequence_length"
