import json
from pathlib import Path

import pytest
import yaml

from kerascfg.errors import ConfigError
from kerascfg.exporting import Port
from kerascfg.exporting.serving import write_metadata, write_serving_files, write_warm_up
from kerascfg.exporting.target import build_target

INPUTS = (Port("age", (None,), "float32"), Port("image", (None, 8, 8, 1), "uint8"))
OUTPUTS = (Port("head", (None, 10), "float32"),)


@pytest.fixture
def serving(tmp_path: Path) -> Path:
    """Write the files of a model called Wine_2."""
    (tmp_path / "1").mkdir()
    write_serving_files(tmp_path, "Wine_2", "serving_default", INPUTS, OUTPUTS)
    return tmp_path / "serving"


def test_the_files_name_the_model_as_the_server_does(serving: Path):
    models = (serving / "models.config").read_text(encoding="utf-8")
    assert 'name: "Wine_2"' in models and 'base_path: "/models/Wine_2"' in models
    container = (serving / "Dockerfile").read_text(encoding="utf-8")
    assert "COPY 1 /models/Wine_2/1\n" in container


def test_kubernetes_probes_the_models_status_at_the_port_of_rest(serving: Path):
    text = (serving / "kubernetes.yaml").read_text(encoding="utf-8")
    deployment, service = yaml.safe_load_all(text)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"grpc": 8500, "rest": 8501}
    asked = {"path": "/v1/models/Wine_2", "port": "rest"}
    assert container["readinessProbe"]["httpGet"] == asked
    assert container["startupProbe"]["httpGet"] == asked
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"] == labels == {"app": "wine-2"}
    assert {port["targetPort"] for port in service["spec"]["ports"]} == set(ports)


def test_compose_mounts_the_folder_where_models_config_looks(serving: Path):
    (service,) = yaml.safe_load((serving / "compose.yaml").read_text("utf-8"))["services"].values()
    assert service["volumes"] == ["..:/models/Wine_2:ro"]
    assert service["command"] == ["--model_config_file=/models/Wine_2/serving/models.config"]


def test_the_readme_says_what_the_signature_takes_and_returns(serving: Path):
    said = (serving / "README.md").read_text(encoding="utf-8")
    assert "| `image` | uint8 | (any, 8, 8, 1) |" in said
    assert "| `head` | float32 | (any, 10) |" in said
    assert (
        """{"signature_name": "serving_default", "inputs": {"age": [...], "image": [...]}}"""
        in said
    )


def test_a_name_that_no_address_takes_is_refused():
    with pytest.raises(ConfigError, match="expected a name for a server"):
        build_target({"type": "saved_model", "name": "a/b"}, "export.x")


def test_without_samples_there_is_no_warm_up_and_that_is_said(tmp_path: Path):
    missing = write_warm_up(tmp_path, "model", "serving_default", {})
    assert missing == "no warm-up requests: there is no sample to make them of"
    assert not list(tmp_path.iterdir())


def test_the_metadata_lies_where_tensorflow_keeps_what_it_does_not_read(tmp_path: Path):
    write_metadata(tmp_path, {"labels": "bad, gut"})
    file = tmp_path / "assets.extra" / "kerascfg.json"
    assert json.loads(file.read_text(encoding="utf-8")) == {"labels": "bad, gut"}
