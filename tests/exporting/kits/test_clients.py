"""Kits of a really trained model, run as their README says: this is what "run" in a kit means."""

import importlib.util
import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kerascfg import naming
from kerascfg.exporting import export_run
from kerascfg.exporting.kits import KITS
from kerascfg.exporting.order import missing_here
from kerascfg.exporting.target import build_target
from kerascfg.exporting.tools import overlaid, overlays

pytestmark = pytest.mark.slow

DECLARATIONS = Path(__file__).parent / "declarations"
HERE = [
    kind
    for kind in KITS
    if kind in naming.names_of_area("target") and not missing_here(build_target(kind, kind))
]
WITHOUT_THEIR_PACKAGES = """
import runpy, sys
from kerascfg.exporting.probe import forbid
forbid(sys.argv.pop(1).split(","))
sys.path.insert(0, ".")
sys.argv = sys.argv[1:]
runpy.run_path("selftest.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def kits(trained_digits, tmp_path_factory):
    """Deliver the digits everywhere; return the folder of the deliveries."""
    run = Path(shutil.copytree(trained_digits, tmp_path_factory.mktemp("kits") / "run"))
    deliveries = export_run(run, {kind: kind for kind in HERE})
    assert {delivery.target: delivery.reason for delivery in deliveries} == dict.fromkeys(HERE, "")
    return run / "exports"


def selftest(kit, kind, *arguments):
    target = build_target(kind, kind)
    command = [sys.executable, "-c", WITHOUT_THEIR_PACKAGES, ",".join(target.forbidden)]
    environment = overlaid({**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}, overlays(target.tools))
    return subprocess.run(
        [*command, "selftest.py", *arguments],
        cwd=kit, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in HERE if KITS[kind][0].platform == "Python"])
def test_the_python_client_answers_as_keras_did_without_keras(kits, kind):
    ran = selftest(kits / kind / "kit", kind)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("ok     head: differs by")


def test_the_manifest_says_how_each_client_was_checked(kits):
    manifest = json.loads((kits / "manifest.json").read_text(encoding="utf-8"))
    told = {entry["target"]: entry["kit"] for entry in manifest["deliveries"]}
    assert told["litert"] == {
        "client.py": "run", "client.hpp": "run, against declarations of ours",
        "Client.kt": "parsed", "Client.swift": "parsed",
    }  # fmt: skip


def test_a_damaged_artefact_fails_the_self_test(kits, tmp_path):
    folder = shutil.copytree(kits / "litert", tmp_path / "litert")
    content = bytearray((folder / "model.tflite").read_bytes())
    weights = len(content) // 2
    content[weights : weights + 400] = bytes(b ^ 0x40 for b in content[weights : weights + 400])
    (folder / "model.tflite").write_bytes(content)
    assert selftest(folder / "kit", "litert").returncode != 0


def compiled(kit, folder, includes, library):
    """Compile the self-test of a C++ client beside the kit, and run it in it."""
    compiler = shutil.which("c++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    flags = [flag for include in includes for flag in ("-isystem", str(include))]
    strict = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-I", str(kit)]
    program = folder / "selftest"
    subprocess.run(
        [compiler, *strict, *flags, str(kit / "selftest.cpp"), str(library),
         f"-Wl,-rpath,{library.parent}", "-o", str(program)],
        check=True,
    )  # fmt: skip
    return subprocess.run([str(program)], cwd=kit, capture_output=True, text=True, check=False)


def library_of(package, pattern):
    """Find a shared library in a package's wheel."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        pytest.skip(f"{package} is not installed")
    found = sorted(Path(spec.origin).parent.glob(pattern))
    if sys.platform != "linux" or not found:
        pytest.skip(f"the wheel of {package} has no library to link with here")
    return found[0]


def test_the_cpp_client_of_litert_answers_as_keras_did(kits, tmp_path):
    library = library_of("ai_edge_litert", "libLiteRt.so")
    ran = compiled(kits / "litert" / "kit", tmp_path, [DECLARATIONS], library)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("ok     head: differs by")


@pytest.mark.skipif("openvino" not in HERE, reason="openvino is not installed")
def test_the_cpp_client_of_openvino_answers_as_keras_did(kits, tmp_path):
    library = library_of("openvino", "libs/libopenvino.so.*")
    include = library.parents[1] / "include"
    ran = compiled(kits / "openvino" / "kit", tmp_path, [include], library)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def server(kits):
    """Serve the SavedModel; yield where."""
    pytest.importorskip("kerascfg.serving")
    pytest.importorskip("starlette", reason="kerascfg[serve] is not installed")
    (kits.parent / "status.json").write_text('{"state": "finished"}', encoding="utf-8")
    command = [sys.executable, "-m", "kerascfg", "serve", f"run={kits.parent}", "--json"]
    process = subprocess.Popen(
        [*command, "target=saved_model", "port=0", "grpc_port=0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.mark.parametrize(("module", "place"), [("client_rest", "rest"), ("client_grpc", "grpc")])
def test_the_clients_of_a_server_answer_as_keras_did(kits, server, module, place):
    ran = selftest(kits / "saved_model" / "kit", "saved_model", module, server[place])
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="no bash, no curl")
def test_curl_gets_the_golden_answer(kits, server):
    kit = kits / "saved_model" / "kit"
    ran = subprocess.run(
        ["bash", "predict.sh", server["rest"]], cwd=kit, capture_output=True, text=True, check=True
    )
    (received,) = json.loads(ran.stdout).values()
    (expected,) = json.loads((kit / "golden" / "response.json").read_text("utf-8")).values()
    assert received == [pytest.approx(row, abs=1e-5) for row in expected]


def test_the_grpc_client_takes_answers_of_more_than_4_mb(write):
    grpc = pytest.importorskip("grpc", reason="kerascfg[serve] is not installed")
    apis = pytest.importorskip("tensorflow_serving.apis.prediction_service_pb2_grpc")
    from tensorflow_serving.apis import predict_pb2

    class Echo(apis.PredictionServiceServicer):
        def Predict(self, request, context):
            return predict_pb2.PredictResponse(outputs={"y": request.inputs["x"]})

    large = np.arange(1_500_000, dtype=np.float32).reshape(1, -1)
    kit = write("saved_model", {"x": large[:, :2]}, {"y": large[:, :2]})
    server = grpc.server(ThreadPoolExecutor(1), options=[("grpc.max_receive_message_length", -1)])
    apis.add_PredictionServiceServicer_to_server(Echo(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        client = runpy.run_path(str(kit / "client_grpc.py"))["Model"](f"127.0.0.1:{port}")
        assert np.array_equal(client.predict({"x": large})["y"], large)
    finally:
        server.stop(None)
