from __future__ import annotations

import yaml

from kerascfg.errors import Problem
from kerascfg.model import check_fed, check_model


def problems_of(text: str, features: tuple[str, ...] | None = ("x",)) -> list[Problem]:
    return check_model(yaml.safe_load(text), features)


def only(text: str) -> Problem:
    (problem,) = problems_of(text)
    return problem


def test_a_model_in_the_language_has_no_problems():
    text = """
    inputs: {source: {shape: [null, 7]}, target: {shape: [null, 9]}}
    layers:
      encoder: {type: LSTM, inputs: source, units: 4, return_state: true}
      decoder:
        type: LSTM
        inputs: {sequences: target, initial_state: [encoder.1, encoder.2]}
        units: 4
        return_sequences: true
      both: {type: Bidirectional, layer: {type: LSTM, units: 4, kernel_regularizer: {type: L2}}}
      scaled: {op: multiply, inputs: [both, 0.125]}
      self: {type: MultiHeadAttention, inputs: {query: scaled, value: scaled}, num_heads: 1,
        key_dim: 2, call: {use_causal_mask: true}}
    """
    assert problems_of(text) == []


def test_all_mistakes_are_reported_at_once():
    problems = problems_of(
        "layers: {a: {type: Dense, unitz: 3}, b: Dens, c: {type: ReLU, inputs: nobody}}"
    )
    assert [problem.path for problem in problems if problem.hint] == [
        "model.layers.a.unitz",
        "model.layers.b.type",
    ]
    assert "model.layers.c.inputs" in [problem.path for problem in problems]


def test_a_node_that_nobody_defined_is_asked_for_its_name():
    problem = only("layers: {conv1: Flatten, conv: {filters: 3}, head: {type: Dense, units: 1}}")
    assert problem.hint == "no file says what conv is; did you mean `conv1`?"


def test_inputs_fill_the_parameters_that_no_key_names():
    assert problems_of("layers: {a: {op: where, condition: true, inputs: [x, 0.0]}}") == []
    assert problems_of('layers: {a: {op: einsum, subscripts: "bi,bi->b", inputs: [x, x]}}') == []


def test_more_inputs_than_parameters_are_an_error():
    problem = only("layers: {a: {op: relu, inputs: [x, x]}}")
    assert problem.path == "model.layers.a.inputs"
    assert "at most 1 inputs" in problem.message


def test_an_input_by_a_name_that_the_function_lacks_is_an_error():
    problem = only("layers: {a: {op: multiply, inputs: {x1: x, x3: x}, x2: 1}}")
    assert problem.path == "model.layers.a.inputs.x3"


def test_a_required_argument_of_a_function_must_be_given():
    assert only("layers: {a: {op: reshape}}").path == "model.layers.a.newshape"


def test_nested_nodes_are_checked_where_they_stand():
    problem = only("layers: {a: {type: Bidirectional, layer: {type: LSTM, unitz: 4}}}")
    assert problem.path == "model.layers.a.layer.unitz"


def test_a_block_wants_its_arguments_and_no_others():
    blocks = 'blocks: {b: {args: {filters: "???"}, layers: {c: {type: Dense, units: $filters}}}}\n'
    assert only(blocks + "layers: {a: {block: b}}").path == "model.layers.a.filters"
    problem = only(blocks + "layers: {a: {block: b, filter: 3}}")
    assert problem.fix == "model.layers.a.filters=3"


def test_a_block_wants_inputs_for_all_that_enters_it():
    blocks = "blocks: {b: {inputs: [l, r], layers: {c: {type: Add, inputs: [l, r]}}}}\n"
    assert problems_of(blocks + "layers: {a: {block: b, inputs: [x, x]}}") == []
    problem = only(blocks + "layers: {a: {block: b, inputs: x}}")
    assert problem.message == "expected inputs for the l, r of the block b. Received: one input"


def test_a_block_that_contains_itself_is_an_error():
    problem = only("blocks: {b: {layers: {c: {block: b}}}}\nlayers: {a: {block: b}}")
    assert problem.path == "model.blocks.b"


def test_a_block_that_is_not_there_says_how_a_file_becomes_one():
    problem = only("layers: {a: {block: residual}}")
    assert "[/block@blocks.residual: residual]" in (problem.hint or "")


def test_a_key_that_means_nothing_on_a_node_is_an_error():
    problem = only("layers: {a: {type: Dense, units: 1, outputs: [b]}}")
    assert problem.message == "expected no `outputs` beside `type`, where it means nothing"


def test_a_shared_layer_takes_no_arguments_and_must_be_one():
    problem = only("layers: {a: {type: Dense, units: 1}, b: {share: a, units: 2}}")
    assert problem.path == "model.layers.b.units"
    problem = only("layers: {a: {type: Dense, units: 1, repeat: 2}, b: {share: a}}")
    assert problem.message.endswith("Received: a, which has `repeat`")


def test_expressions_know_the_arguments_around_them():
    problem = only("args: {width: 8}\nlayers: {a: {type: Dense, units: $widht}}")
    assert problem.hint == "did you mean `$width`?"


def test_an_input_states_its_shape_and_a_dtype_that_there_is():
    text = "inputs: {x: {shape: 3, dtype: int23}}\nlayers: {a: {type: Dense, units: 1}}"
    shape, dtype = problems_of(text)
    assert shape.path == "model.inputs.x.shape"
    assert dtype.hint == "did you mean `int32`?"


def test_unknown_keys_of_a_model_are_reported():
    assert only("layer: {}\nlayers: {a: Flatten}").hint == "did you mean `layers`?"


def test_a_stated_input_that_the_data_lacks_is_an_error_before_training():
    model = yaml.safe_load("inputs: {left: {shape: [3]}}\nlayers: {a: Flatten}")
    assert check_fed(model, ["left", "right"]) == []
    (problem,) = check_fed(model, ["image"])
    assert problem.message == "expected a feature of the data (image). Received: left"


def test_a_node_beside_stated_outputs_that_leads_nowhere_is_found():
    problem = only(
        "layers: {a: {type: Dense, units: 1}, b: ReLU, c: {type: ReLU, inputs: a}}\noutputs: [c]"
    )
    assert (problem.path, problem.fix) == ("model.layers.b", "~model.layers.b")


def test_an_argument_that_no_expression_uses_is_found_with_what_was_meant():
    problem = only("{args: {width: 2, widht: 3}, layers: {a: {type: Dense, units: $width}}}")
    assert problem.path == "model.args.widht"
    problem = only("""
    blocks: {b: {args: {units: 2}, layers: {a: {type: Dense, units: 3}}}}
    layers: {use: {block: b, units: 4}}
    """)
    assert (problem.path, problem.fix) == (
        "model.blocks.b.args.units",
        "~model.blocks.b.args.units",
    )


def test_a_stated_input_that_no_node_takes_is_found():
    problem = only(
        "inputs: {x: {shape: [1]}, y: {shape: [1]}}\nlayers: {a: {type: ReLU, inputs: x}}"
    )
    assert problem.path == "model.inputs.y"
    problem = only("""
    blocks: {b: {inputs: [one, two], layers: {a: {type: ReLU, inputs: one}}}}
    layers: {use: {block: b, inputs: [x, x]}}
    """)
    assert problem.path == "model.blocks.b.inputs.two"


def test_the_keywords_of_a_call_are_those_of_the_layer():
    problem = only("""
    layers: {a: {type: MultiHeadAttention, num_heads: 1, key_dim: 2, inputs: {qery: x, value: x}}}
    """)
    assert (problem.path, problem.hint) == ("model.layers.a.inputs.qery", "did you mean `query`?")
    problem = only("layers: {a: {type: Dropout, rate: 0.1, call: {trainin: false}}}")
    assert (problem.path, problem.fix) == (
        "model.layers.a.call.trainin", "model.layers.a.call.training=false",
    )  # fmt: skip
    problem = only("""
    layers: {a: {type: MultiHeadAttention, num_heads: 1, key_dim: 2, inputs: {query: x}}}
    """)
    assert problem.path == "model.layers.a.inputs.value"
    assert problems_of("layers: {a: {type: GRU, units: 1, inputs: {sequences: x, mask: x}}}") == []


def test_index_has_a_value_only_within_repeat():
    assert problems_of("layers: {a: {type: Dense, units: $(4 + index), repeat: 2}}") == []
    assert "$index" in only("layers: {a: {type: Dense, units: $(4 + index)}}").message


def test_an_optimizer_is_no_layer():
    problem = only("layers: {a: {type: keras.optimizers.Adam}}")
    assert (problem.path, problem.message[:16]) == ("model.layers.a.type", "expected a layer")


def test_a_misspelled_key_of_a_node_is_no_argument():
    problem = only("layers: {a: {type: Dense, units: 4, repeats: 3}}")
    assert problem.fix == "model.layers.a.repeat=3"


def test_the_layers_of_a_model_with_a_misspelled_key_are_checked_all_the_same():
    problems = problems_of("layer: {a: {type: Dense, unitz: 1}}")
    assert [problem.path for problem in problems] == ["model.layer", "model.layers.a.unitz"]


def test_a_node_that_bears_an_input_s_name_is_one_mistake():
    text = "inputs: {x: {shape: [3]}}\nlayers: {a: Flatten, x: {type: Dense, units: 3}}"
    assert only(text).path == "model.layers.x"


def test_each_that_is_no_names_is_one_mistake():
    problem = only("layers: {a: {type: Dense, units: 3, each: 3}, b: Flatten}")
    assert problem.path == "model.layers.a.each"


def test_an_argument_of_another_type_is_no_misspelled_key():
    problem = only("layers: {a: {type: Dense, units: 4, filters: 8}}")
    assert (problem.path, problem.fix) == ("model.layers.a.filters", None)


def test_a_block_that_no_node_is_made_by_is_an_error():
    blocks = "blocks: {b: {layers: {c: Flatten}}, d: {layers: {e: {block: b}}}}\n"
    assert only(blocks + "layers: {a: Flatten}").path == "model.blocks.d"
    assert problems_of(blocks + "layers: {a: {block: d}}") == []


CONVOLUTION = "type: Conv2D, inputs: x, kernel_size: 3"


def test_what_a_later_branch_says_is_checked_where_it_stands():
    problem = only(f"""
    layers:
      a: {{{CONVOLUTION}, filters: 2, each: {{p: {{strides: 2}}, q: {{strides: two}}}}}}
      all: {{type: Concatenate, inputs: [a]}}
    """)
    assert problem.path == "model.layers.a.each.q.strides"


def test_first_is_checked_though_the_node_says_it_too():
    problem = only(f"""
    layers:
      a: {{{CONVOLUTION}, filters: 2, padding: same, repeat: 2, first: {{padding: smae}}}}
    """)
    assert problem.path == "model.layers.a.first.padding"
    assert problem.fix == "model.layers.a.first.padding=same"


def test_every_branch_needs_what_is_required():
    problem = only(f"""
    layers:
      a: {{{CONVOLUTION}, each: {{p: {{filters: 2}}, q: {{}}}}}}
      both: {{op: add, inputs: [a.p, a.q]}}
    """)
    assert problem.path == "model.layers.a.filters"


def test_the_copies_behind_the_first_need_what_is_required():
    problem = only(f"layers: {{a: {{{CONVOLUTION}, repeat: 2, first: {{filters: 2}}}}}}")
    assert problem.path == "model.layers.a.filters"


def test_first_of_a_block_is_checked_though_the_node_says_it_too():
    problem = only("""
    blocks: {b: {args: {bias: true}, layers: {d: {type: Dense, units: 2, use_bias: $bias}}}}
    layers: {a: {block: b, bias: false, repeat: 2, first: {bias: $bogus}}}
    """)
    assert problem.path == "model.layers.a.first.bias"


def test_each_names_something():
    for each in ("[]", "{}", "{p: 3}"):
        text = f"layers: {{a: {{{CONVOLUTION}, filters: 2, each: {each}}}}}"
        assert only(text).path.startswith("model.layers.a.each")
