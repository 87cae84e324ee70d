"""What curl gets: the examples and errors of TensorFlow Serving's documentation and source.

https://www.tensorflow.org/tfx/serving/api_rest
"""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

pytest.importorskip("tensorflow_serving", reason="pip install 'kerascfg[serve]'")
if not shutil.which("curl"):
    pytest.skip("curl is not installed", allow_module_level=True)
pytestmark = pytest.mark.slow


def curl(address: str, body: Any = None, *options: str) -> tuple[int, str, str]:
    """Ask with curl; return the status, the type of the content, and the content."""
    data = [] if body is None else ["-d", body if isinstance(body, str) else json.dumps(body)]
    shape = "\n%{http_code}\n%{content_type}"
    done = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "-w", shape, *data, *options, address],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    content, status, kind = done.stdout.rsplit("\n", 2)
    return int(status), kind, content


def error(message: str) -> str:
    return json.dumps({"error": message}, indent=4)


def test_the_status_of_a_model(documented):
    available = {"version": "1", "state": "AVAILABLE"}
    expected = {
        "model_version_status": [available | {"status": {"error_code": "OK", "error_message": ""}}]
    }
    for address in (documented.rest, f"{documented.rest}/versions/1"):
        status, kind, content = curl(address)
        assert (status, kind) == (200, "application/json")
        assert content == json.dumps(expected, indent=1) + "\n"


def test_the_metadata_of_a_model(documented):
    status, _, content = curl(f"{documented.rest}/metadata")
    told = json.loads(content)
    assert status == 200
    assert told["model_spec"] == {"name": "half_plus_three", "signature_name": "", "version": "1"}
    signature = told["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["method_name"] == "tensorflow/serving/predict"
    assert signature["inputs"]["x"] == {
        "dtype": "DT_FLOAT",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False},
        "name": "serving_default_x:0",
    }


def test_a_prediction_by_rows(documented):
    status, kind, content = curl(f"{documented.rest}:predict", '{"instances": [1.0,2.0,5.0]}')
    assert (status, kind) == (200, "application/json")
    assert content == '{\n    "predictions": [3.5, 4.0, 5.5\n    ]\n}'


def test_a_prediction_by_columns_of_a_version_and_signature(documented):
    body = {"signature_name": "serving_default", "inputs": {"x": [3.0, 4.0]}}
    status, _, content = curl(f"{documented.rest}/versions/1:predict", body)
    assert status == 200
    assert content == json.dumps({"outputs": [4.5, 5.0]}, indent=4)


def test_the_documented_error_of_another_model(documented):
    address = f"{documented.root}/v1/models/half:predict"
    status, kind, content = curl(address, '{"instances": [1.0,5.0]}')
    assert (status, kind) == (404, "application/json")
    assert content == error("Servable not found for request: Latest(half)")


MANY = "9" * 20
ERRORS = {
    "another version": ("POST", "/versions/7:predict", {"instances": [1]}, 404,
                        "Servable not found for request: Specific(half_plus_three, 7)"),
    "a label": ("POST", "/labels/stable:predict", {"instances": [1]}, 400,
                "Unrecognized servable version label: stable"),
    "another signature": ("POST", ":predict", {"signature_name": "x", "instances": [1]}, 400,
                          'Serving signature name: "x" not found in signature def'),
    "no document": ("POST", ":predict", "", 400, "JSON Parse error: The document is empty"),
    "no JSON": ("POST", ":predict", "instances = [1, 2]", 400,
                "JSON Parse error: Invalid value. at offset: 0"),
    "another type": ("POST", ":predict", {"instances": ["x"]}, 400,
                     "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: "
                     'JSON Value: "x" Type: String is not of expected type: float'),
    "no key": ("POST", ":predict", {}, 400, "Missing 'inputs' or 'instances' key"),
    "another shape": ("POST", ":predict", {"instances": [[1.0]]}, 400,
                      "Expects arg[0] (x) to have shape [?], but had shape [1,1]"),
    "no axis of samples": ("POST", ":predict", {"inputs": 1.0}, 400,
                           "Expects arg[0] (x) to have shape [?], but had shape []"),
    "classifying": ("POST", ":classify", {"examples": [{"x": 1.0}]}, 400,
                    "Expected classification signature method_name to be tensorflow/serving/"
                    "classify. Was: tensorflow/serving/predict"),
    "regressing": ("POST", ":regress", {"examples": [{"x": 1.0}]}, 400,
                   "Expected regression signature method_name to be tensorflow/serving/regress. "
                   "Was: tensorflow/serving/predict"),
    "regressing another signature": (
        "POST", ":regress", {"examples": [{"x": 1.0}], "signature_name": "x"}, 400,
        "No signature was found with the name: x"),
    "another method": ("PUT", ":predict", {"instances": [1]}, 400,
                       "Malformed request: PUT /v1/models/half_plus_three:predict"),
    "another verb": ("POST", ":explain", {"instances": [1]}, 400,
                     "Malformed request: POST /v1/models/half_plus_three:explain"),
    "a version that is no number": ("POST", "/versions/x:predict", {}, 400,
                                    "Malformed request: POST /v1/models/half_plus_three/versions/"
                                    "x:predict"),
    "a version of too many digits": ("POST", f"/versions/{MANY}:predict", {}, 400,
                                     f"Failed to convert version: {MANY} to numeric."),
    "the status of another version": ("GET", "/versions/7", None, 404,
                                      "Could not find version 7 of model half_plus_three"),
    "the metadata of another version": ("GET", "/versions/7/metadata", None, 404,
                                        "Servable not found for request: "
                                        "Specific(half_plus_three, 7)"),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_has_the_status_and_the_words_of_tensorflow_serving(documented, case: str):
    method, path, body, expected, message = ERRORS[case]
    status, kind, content = curl(documented.rest + path, body, "-X", method)
    assert (status, kind, content) == (expected, "application/json", error(message))


def test_the_status_of_no_model_and_of_another(documented):
    models = f"{documented.root}/v1/models"
    assert curl(models)[::2] == (400, error("Missing model name in request."))
    assert curl(f"{models}/half")[::2] == (
        404,
        error("Could not find any versions of model half"),
    )


def test_addresses_are_of_any_case_and_names_may_be_escaped(documented):
    address = f"{documented.root}/V1/MODELS/half%5Fplus_three:PREDICT"
    assert curl(address, {"instances": [1.0]})[0] == 200


def test_what_is_no_part_of_the_protocol_is_not_found(documented):
    assert curl(f"{documented.root}/v2/models")[0] == 404


def test_several_inputs_and_outputs_with_texts_and_bytes(reading):
    rows = [{"pair": [1.5, 2], "word": "two"}, {"pair": [0, 0], "word": {"b64": "b25l"}}]
    status, _, content = curl(f"{reading.rest}:predict", {"instances": rows})
    assert status == 200
    assert json.loads(content) == {
        "predictions": [
            {"text_bytes": {"b64": "dHdv"}, "three": [1.5, 2.0, 2.0]},
            {"text_bytes": {"b64": "b25l"}, "three": [0.0, 0.0, 1.0]},
        ]
    }
    columns = {"pair": [[1.5, 2]], "word": ["three"]}
    _, _, content = curl(f"{reading.rest}:predict", {"inputs": columns})
    assert json.loads(content)["outputs"]["three"] == [[1.5, 2.0, 0.0]]


def test_inputs_of_different_lengths_are_refused(reading):
    columns = {"pair": [[1.5, 2]], "word": ["one", "two"]}
    status, _, content = curl(f"{reading.rest}:predict", {"inputs": columns})
    expected = "Batching Run() input tensors must have equal 0th-dimension size"
    assert (status, content) == (400, error(expected))


def test_prometheus_reads_the_metrics_of_tensorflow_serving(documented):
    curl(f"{documented.rest}:predict", {"instances": [1.0]})
    curl(f"{documented.rest}:predict", "")
    status, kind, content = curl(f"{documented.root}/monitoring/prometheus/metrics")
    assert (status, kind.split(";")[0]) == (200, "text/plain")
    count = ':tensorflow:serving:request_count{model_name="half_plus_three",status='
    assert f'{count}"OK"}}' in content
    assert f'{count}"INVALID_ARGUMENT"}}' in content
    assert ':tensorflow:serving:request_latency_bucket{API="Predict",entrypoint="REST"' in content
    assert ":tensorflow:serving:runtime_latency_count" in content


def test_health_is_told(documented):
    assert curl(f"{documented.root}/healthz")[::2] == (200, "ok")


@pytest.mark.parametrize(
    "body",
    ['{"instances": ["\\ud800"]}', '{"instances": [' + "[" * 70 + "1" + "]" * 70 + "]}"],
    ids=["half a pair", "deep"],
)
def test_what_no_array_holds_is_the_clients_error(documented, body: str):
    assert curl(f"{documented.rest}:predict", body)[0] == 400


def test_the_status_ignores_a_label(documented):
    assert curl(f"{documented.rest}/labels/stable")[0] == 200
