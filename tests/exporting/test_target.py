import pytest

from kerascfg.errors import ConfigError
from kerascfg.exporting.target import build_target


def test_a_name_becomes_a_target_with_its_defaults():
    target = build_target("litert", "export.litert")
    assert target.tolerance == 1e-5
    assert target.forbidden == ("keras", "tensorflow")
    assert target.quantize is None


def test_a_node_s_arguments_reach_its_target():
    assert build_target({"type": "saved_model", "tolerance": 0.01}, "export.x").tolerance == 0.01


def test_a_function_that_returns_no_target_is_a_problem_of_its_node(broken_targets):
    with pytest.raises(ConfigError, match=r"export.x: expected .*Target. Received: str"):
        build_target(f"{broken_targets}.no_target", "export.x")


def test_what_keras_quantises_goes_into_keras_own_file_alone():
    assert build_target({"type": "keras", "quantize": "int4"}, "x").quantize == "int4"
    with pytest.raises(ConfigError):
        build_target({"type": "litert", "quantize": "keras_int4"}, "x")
