import ast
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kerascfg import naming
from kerascfg.exporting import kits
from kerascfg.exporting.delivery import Port
from kerascfg.exporting.kits import KITS
from kerascfg.exporting.kits.golden import first_records, golden_count
from kerascfg.exporting.kits.write import lacks, write_kit

from .conftest import delivered

everywhere = pytest.mark.parametrize("kind", KITS)


def test_every_target_has_a_kit_but_those_that_are_a_page_themselves():
    assert set(naming.names_of_area("target")) - set(KITS) <= {"litert_web", "tfjs"}


def test_every_folder_of_templates_is_of_a_kit():
    folders = {place.name for place in Path(kits.__file__).parent.iterdir() if place.is_dir()}
    assert folders - {"__pycache__"} == {*KITS, "shared"}


@everywhere
def test_a_kit_has_all_its_files_and_no_place_left_to_fill(kind, write, pair):
    inputs, outputs = pair
    kit = write(kind, {"image": inputs["image"]}, outputs)  # every client takes float32
    for client in KITS[kind]:
        for file in client.files:
            text = (kit / file).read_text(encoding="utf-8")
            left = re.findall(r"@[a-z_]+@", text.replace("with @tolerance@", ""))
            assert left == [], file
    readme = (kit / "README.md").read_text(encoding="utf-8")
    for client in KITS[kind]:
        assert f"`{client.files[0]}` | {client.test} | {client.checked} |" in readme


@everywhere
def test_what_is_written_in_python_json_and_shell_has_no_mistake_of_syntax(kind, write, pair):
    kit = write(kind, *pair)
    for file in kit.rglob("*"):
        if file.suffix == ".py":
            ast.parse(file.read_text(encoding="utf-8"))
        elif file.suffix == ".json":
            json.loads(file.read_text(encoding="utf-8"))
        elif file.suffix == ".sh" and shutil.which("bash"):
            subprocess.run(["bash", "-n", str(file)], check=True)


@pytest.mark.parametrize(("language", "suffix"), [("kotlin", ".kt"), ("swift", ".swift")])
def test_what_is_written_for_phones_has_no_mistake_of_syntax(language, suffix, write, pair):
    tree_sitter = pytest.importorskip("tree_sitter")
    grammar = pytest.importorskip(f"tree_sitter_{language}")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    files = [file for kind in KITS for file in write(kind, *pair).glob(f"*{suffix}")]
    assert files
    for file in files:
        assert not parser.parse(file.read_bytes()).root_node.has_error, file


def test_a_client_that_cannot_feed_the_model_is_left_out_and_the_readme_says_why(write):
    texts = {"town": np.array(["Bern", "Zürich"])}
    kit = write("litert", texts, {"head": np.zeros((2, 3), np.float32)})
    assert (kit / "client.py").exists()
    assert not (kit / "client.hpp").exists()
    assert not (kit / "Client.kt").exists()
    readme = (kit / "README.md").read_text(encoding="utf-8")
    assert "| C++ | none: the artefact takes `town` of dtype string |" in readme


@pytest.mark.parametrize("dtype", ["float16", "uint16"])
def test_clients_of_json_are_left_out_where_a_server_does_not_spell_the_numbers(write, dtype):
    numbers = {"x": np.zeros((1, 2), dtype)}
    kit = write("saved_model", numbers, {"y": np.zeros((1, 2), np.float32)})
    written = {file.name for file in kit.iterdir()}
    assert {"client.py", "client_grpc.py"} <= written
    assert not {"client_rest.py", "predict.sh"} & written
    readme = (kit / "README.md").read_text(encoding="utf-8")
    assert f"| curl | none: the artefact takes `x` of dtype {dtype} |" in readme


def test_the_cpp_client_of_litert_names_the_version_that_it_was_tested_with(write, pair):
    inputs, outputs = pair
    client = (write("litert", inputs, outputs) / "client.hpp").read_text(encoding="utf-8")
    constraints = Path(__file__).parents[3] / "constraints.txt"
    (tested,) = re.findall(r"^ai-edge-litert==(\S+)$", constraints.read_text("utf-8"), re.MULTILINE)
    assert f"ai-edge-litert {tested}," in client


def test_a_client_is_asked_for_both_ends_of_the_model():
    (kotlin,) = (client for client in KITS["litert"] if client.platform.startswith("Kotlin"))
    numbers = {"x": np.zeros((1, 2), np.float32)}
    places = {"place": np.zeros(1, np.int64)}
    assert lacks(kotlin, delivered(numbers, numbers), numbers, numbers) is None
    told = lacks(kotlin, delivered(numbers, places), numbers, places)
    assert told == "the artefact returns `place` of dtype int64"


def test_where_an_artefact_takes_scaled_integers_python_alone_has_a_client():
    floats = {"x": np.array([[0.5, 1.0]], np.float32)}
    ports = (Port("x", (1, 2), "int8"),)
    scaled = replace(delivered(floats, floats), inputs=ports)
    golden = first_records(floats, ports, 1)
    assert golden["x"].dtype == np.float32
    told = [lacks(client, scaled, golden, floats) for client in KITS["litert"]]
    assert told[:2] == [None, "the artefact takes `x` as scaled integers of dtype int8"]


def test_where_an_artefact_takes_a_dtype_that_numpy_lacks_the_readme_says_so(tmp_path):
    numbers = {"x": np.array([[0.5, 1.0]], np.float32)}
    made = replace(delivered(numbers, numbers), inputs=(Port("x", (None, 2), "bfloat16"),))
    golden = first_records(numbers, made.inputs, 1)
    assert golden["x"].dtype == np.float32
    assert write_kit("executorch", made, golden, numbers, tmp_path / "kit") == {}
    readme = (tmp_path / "kit" / "README.md").read_text(encoding="utf-8")
    assert "| Python | none: the artefact takes `x` of dtype bfloat16 |" in readme


def test_golden_numbers_are_of_the_artefacts_dtype_where_that_loses_nothing():
    numbers = {"x": np.array([[3], [255]], np.uint8), "big": np.array([2**40, 1])}
    ports = (Port("x", (None, 1), "float32"), Port("big", (None,), "int32"))
    golden = first_records(numbers, ports, 2)
    assert golden["x"].dtype == np.float32
    assert golden["big"].dtype == np.int64


def test_notes_of_the_delivery_are_in_the_readme(write, pair):
    note = "starts behind `words` (TextVectorization): give it what preprocess.py makes"
    kit = write("litert", *pair, notes=(note,))
    assert note in (kit / "README.md").read_text(encoding="utf-8")


def test_names_of_classes_are_beside_the_clients(write, pair):
    labels = {"labels": json.dumps({"head": ["cat", "dog"]})}
    kit = write("litert", *pair, metadata=labels)
    assert json.loads((kit / "labels.json").read_text(encoding="utf-8")) == {"head": ["cat", "dog"]}
    assert 'the places of `head` are the classes "cat", "dog"' in (kit / "README.md").read_text(
        "utf-8"
    )


def test_the_request_of_curl_is_that_of_tensorflow_serving(write):
    texts = {"word": np.array(["ä", "b"]), "image": np.array([b"\xff\x00", b""], dtype=object)}
    kit = write("saved_model", texts, {"head": np.array([[0.5], [1.5]], np.float32)})
    request = json.loads((kit / "golden" / "request.json").read_text(encoding="utf-8"))
    assert request == {
        "signature_name": "serving_default",
        "inputs": {"word": ["ä", "b"], "image": [{"b64": "/wA="}, {"b64": ""}]},
    }
    response = json.loads((kit / "golden" / "response.json").read_text(encoding="utf-8"))
    assert response == {"outputs": [[0.5], [1.5]]}


def test_a_name_of_a_class_cannot_leave_its_line(write, pair):
    labels = {"labels": json.dumps({"head": ["cat\n# Kit of evil", "dog"]})}
    kit = write("litert", *pair, metadata=labels)
    assert "\n# Kit of evil" not in (kit / "README.md").read_text(encoding="utf-8")


ODD = 'a\r\x01\u2028\u202e\\u0041 "$b" \\'


def test_names_with_control_characters_are_what_they_were_in_python(write, pair):
    kit = write("keras", {ODD: pair[0]["image"]}, {f"{ODD}y": pair[0]["image"]})
    text = (kit / "client.py").read_text(encoding="utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\u2028\u202e]", text)
    held = {
        line.targets[0].id: ast.literal_eval(line.value)
        for line in ast.parse(text).body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.List)
    }
    assert held == {"INPUTS": [ODD], "OUTPUTS": [f"{ODD}y"]}


def test_swift_spells_control_characters_in_its_own_way(write, pair):
    kit = write("litert", {"a\x01 \\u0041": pair[0]["image"]}, {"y": pair[0]["image"]})
    text = (kit / "ClientTests.swift").read_text(encoding="utf-8")
    assert '"a\\u{1} \\\\u0041": "input_0",' in text


@pytest.mark.skipif(not shutil.which("c++"), reason="there is no C++ compiler")
@pytest.mark.parametrize("kind", ["tflm", "litert"])
def test_names_are_cpp_whatever_they_hold(kind, write, tmp_path):
    numbers = np.zeros((2, 3), np.float32)
    kit = write(kind, {ODD: numbers}, {f"\x85{ODD}": numbers})
    if kind == "tflm":
        code = '#include "golden.h"\nint main() { return kOutputs[0].count - 3; }'
    else:
        (kit / "client.hpp").write_text(
            '#include "tensor.hpp"\n#include <iostream>\n'
            "struct Model { Tensors predict(const Tensors& fed) {"
            " std::cout << fed.begin()->first; exit(0); } };",
            encoding="utf-8",
        )
        code = (kit / "selftest.cpp").read_text(encoding="utf-8")
    (kit / "main.cpp").write_text(code, encoding="utf-8")
    program = str(tmp_path / "main")
    flags = ["-std=c++17", "-Wall", "-Werror", "-I", str(kit)]
    subprocess.run(["c++", *flags, str(kit / "main.cpp"), "-o", program], check=True)
    ran = subprocess.run([program], cwd=kit, capture_output=True, check=True)
    if kind == "litert":
        assert ran.stdout.decode("utf-8") == ODD


@pytest.mark.skipif(not shutil.which("c++"), reason="there is no C++ compiler")
def test_golden_numbers_of_a_microcontroller_are_cpp_as_they_were(write, tmp_path):
    numbers = np.array([[0.1, -3e-20, np.nan], [7.0, 2.5, -np.inf]], np.float32)
    kit = write("tflm", {"x": numbers}, {"y": numbers})
    code = """
    #include "golden.h"
    #include <cstdio>
    int main() {
      for (int i = 0; i < 6; ++i) std::printf("%.9g\\n", kInputs[0].numbers[i]);
      std::printf("%d %d", kOutputs[0].count, kSamples);
    }
    """
    (tmp_path / "main.cpp").write_text(code, encoding="utf-8")
    program = str(tmp_path / "main")
    flags = ["-std=c++17", "-Wall", "-Werror", "-I", str(kit)]
    subprocess.run(["c++", *flags, str(tmp_path / "main.cpp"), "-o", program], check=True)
    *told, last = subprocess.run([program], capture_output=True, text=True).stdout.split("\n")
    assert np.array_equal(np.array(told, np.float32), numbers.ravel(), equal_nan=True)
    assert last == "3 2"


def test_few_records_are_golden_and_fewer_of_large_ones():
    small, large = np.zeros((20, 8)), np.zeros((20, 60_000))
    assert golden_count({"x": small}, 20, None) == 4
    assert golden_count({"x": small}, 3, None) == 3
    assert golden_count({"x": large}, 20, None) == 2
    assert golden_count({"x": large[:, :1].repeat(200_000, 1)}, 20, 1) == 1
