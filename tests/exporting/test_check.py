import subprocess
import sys

import pytest
import yaml

from kerascfg.exporting import check_export


def problems(text: str):
    return check_export(yaml.safe_load(text))


def test_the_default_targets_are_fine():
    assert problems("{saved_model: saved_model, litert: {type: litert, tolerance: 1.0e-4}}") == []


def test_nothing_to_export_is_fine():
    assert check_export(None) == []
    assert check_export({}) == []


def test_a_target_taken_away_is_not_checked():
    assert problems("{litert: null}") == []


def test_a_misspelled_target_is_named_with_the_right_spelling():
    (problem,) = problems("{litert: {type: litertt}}")
    assert problem.path == "export.litert.type"
    assert "litertt" in problem.message
    assert problem.fix == "export.litert.type=litert"


def test_a_misspelled_argument_is_named_with_the_right_spelling():
    (problem,) = problems("{litert: {type: litert, tolerence: 1.0e-4}}")
    assert problem.path == "export.litert.tolerence"
    assert problem.hint == "did you mean `tolerance`?"


def test_two_mistakes_are_two_problems():
    assert len(problems("{a: savedmodel, b: {type: litert, tolerance: -1}}")) == 2


@pytest.mark.parametrize("value", ["-1.0e-5", ".nan", ".inf", "true", "[1]", "tight"])
def test_a_tolerance_is_a_number_that_can_be_met(value):
    found = problems(f"{{litert: {{type: litert, tolerance: {value}}}}}")
    assert [problem.path for problem in found] == ["export.litert.tolerance"]


def test_a_loss_of_the_metric_is_held_where_something_is_quantised():
    assert problems("{litert: {type: litert, quantize: int8, max_drop: 0.01}}") == []
    (problem,) = problems("{x: {type: litert, quantize: null, max_drop: 0.01}}")
    assert problem.path == "export.x.max_drop"
    (problem,) = problems("{x: {type: litert, quantize: int8, max_drop: -1}}")
    assert problem.message == "expected a finite number, 0 or more. Received: -1"


def test_calibration_is_checked_by_its_keys():
    assert problems("{x: {type: litert, quantize: int8, calibration: {samples: 9}}}") == []
    for said in ("samples: 0", "choice: bset", "sample: 9"):
        (problem,) = problems(f"{{x: {{type: litert, calibration: {{{said}}}}}}}")
        assert problem.path == f"export.x.calibration.{said.partition(':')[0]}"


@pytest.mark.parametrize(
    "name",
    ["../up", "a/b", "Manifest.json", ".hidden", "trailing.", "", "con", "NUL", "com1", "aux.v2"],
)
def test_a_name_is_a_folder_below_exports(name):
    assert any(repr(name) in problem.message for problem in check_export({name: "litert"}))


@pytest.mark.parametrize("name", ["console", "com", "null", "v2.con", "lpt10"])
def test_a_name_that_only_looks_like_one_of_windows_is_fine(name):
    assert check_export({name: "litert"}) == []


def test_names_that_differ_in_case_alone_are_one_folder_on_some_systems():
    (problem,) = problems("{phone: litert, other: litert, Phone: saved_model}")
    assert problem.path == "export.Phone"
    assert "differs from `phone` in more than case" in problem.message


def test_what_a_target_s_function_refuses_is_a_problem_of_its_node():
    (problem,) = problems("{x: {type: saved_model, name: 1 bad}, y: litert}")
    assert problem.path == "export.x"
    assert "expected a name for a server" in problem.message
    assert "Received: name='1 bad'" in problem.message


def test_a_list_says_how_a_mapping_is_spelled():
    (problem,) = check_export(["litert"])
    assert "mapping" in problem.message
    assert problem.hint is not None


def test_a_stranger_s_target_is_refused():
    (problem,) = problems("{x: {type: os.system}}")
    assert problem.path == "export.x.type"


def test_checking_imports_nothing_heavy():
    code = (
        "import sys; from kerascfg.exporting import check_export;"
        "assert not check_export({'litert': 'litert', 'saved_model': 'saved_model'});"
        "heavy = {'keras', 'tensorflow', 'numpy', 'rich', 'ai_edge_litert'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
