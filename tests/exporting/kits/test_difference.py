"""Every self-test compares as the certificate does, in whatever language it is."""

import runpy
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from kerascfg.exporting import kits
from kerascfg.exporting.certificate import compare
from kerascfg.exporting.web import FILES
from kerascfg.exporting.web.tensors import to_json
from kerascfg.exporting.workshop import write_json

SHARED = Path(kits.__file__).parent / "shared"
STUBS = Path(__file__).parent / "declarations"
INF, NAN = np.inf, np.nan
EXPECTED = np.array([[0.5, NAN, -INF, 200.0], [0.25, 0.5, -0.125, 0.0]], np.float32)


def changed(*changes):
    received = EXPECTED.copy()
    for record, place, value in changes:
        received[record, place] = value
    return received


ANSWERS = {
    "the same": changed(),
    "near beside a large one": changed((0, 0, 0.501)),
    "far": changed((1, 1, 0.501)),
    "a NaN for a number": changed((1, 3, NAN)),
    "a number for a NaN": changed((0, 1, 7.0)),
    "a number for infinity": changed((0, 2, -1e30)),
    "infinity for a number": changed((0, 3, INF)),
    "the other infinity": changed((0, 2, INF)),
}
needs_compiler = pytest.mark.skipif(not shutil.which("c++"), reason="there is no C++ compiler")
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js on PATH")
STRICT = ["c++", "-std=c++17", "-Wall", "-Wextra", "-Werror"]


def of_certificate(received):
    found = compare(EXPECTED, received)
    return INF if isinstance(found, str) else found.scaled


def test_python_compares_as_the_certificate_does():
    difference = runpy.run_path(str(SHARED / "selftest.py"))["difference"]
    for case, received in ANSWERS.items():
        assert difference(EXPECTED, received) == pytest.approx(of_certificate(received)), case


@needs_node
def test_javascript_compares_as_the_certificate_does(tmp_path):
    code = """
import { readFileSync } from "node:fs";
import { difference, read } from "./tensors.js";
const cases = JSON.parse(readFileSync("cases.json"));
for (const answer of cases.answers) console.log(difference(read(cases.expected), read(answer)));
"""
    for name in ("tensors.js", "package.json"):
        shutil.copy(FILES / name, tmp_path)
    (tmp_path / "main.js").write_text(code, encoding="utf-8")
    answers = [to_json({"y": received}) for received in ANSWERS.values()]
    write_json(tmp_path / "cases.json", {"expected": to_json({"y": EXPECTED}), "answers": answers})
    told = subprocess.check_output(["node", "main.js"], cwd=tmp_path, text=True).split()
    for found, (case, received) in zip(told, ANSWERS.items(), strict=True):
        assert float(found) == pytest.approx(of_certificate(received)), case


@needs_compiler
def test_cpp_compares_as_the_certificate_does(write, tmp_path):
    kit = write("litert", {"x": EXPECTED}, {"y": EXPECTED})
    client = """
    #pragma once
    #include <fstream>
    #include "tensor.hpp"
    struct Model {
      Tensors predict(const Tensors&) {
        std::ifstream file("answer.bin", std::ios::binary);
        Tensors answers;
        answers["y"].bytes.assign(std::istreambuf_iterator<char>(file), {});
        return answers;
      }
    };
    """
    (kit / "client.hpp").write_text(client, encoding="utf-8")
    program = str(tmp_path / "selftest")
    subprocess.run([*STRICT, str(kit / "selftest.cpp"), "-o", program], check=True)
    for case, received in ANSWERS.items():
        (kit / "answer.bin").write_bytes(received.tobytes())
        ran = subprocess.run([program], cwd=kit, capture_output=True, text=True, check=False)
        found = float(ran.stdout.rpartition(" ")[2])
        assert found == pytest.approx(of_certificate(received), rel=0.1), case
        assert ran.returncode == (found > 1e-5), case


@needs_compiler
def test_a_microcontroller_compares_as_the_certificate_does(write, tmp_path):
    kit = write("tflm", {"x": EXPECTED}, {"y": EXPECTED})
    for name in ("model.h", "operators.h"):
        shutil.copy(STUBS / "micro" / name, kit.parent)
    program = str(tmp_path / "main")
    subprocess.run(
        [*STRICT, "-I", str(STUBS / "micro"), str(kit / "main.cc"), "-o", program], check=True
    )
    for case, received in ANSWERS.items():
        (kit / "answer.bin").write_bytes(received.tobytes())
        ran = subprocess.run([program], cwd=kit, capture_output=True, text=True, check=False)
        assert ran.returncode == (not of_certificate(received) <= 1e-5), case + ran.stdout
