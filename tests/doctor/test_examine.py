"""`kerascfg doctor` in environments that are made of real folders: bare, broken, and this one."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory):
    """An interpreter with the standard library alone."""
    folder = tmp_path_factory.mktemp("bare") / "env"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@pytest.fixture
def site(tmp_path):
    """A folder of packages: what kerascfg needs to look around, and what a test puts there."""
    folder = tmp_path / "site"
    shutil.copytree(Path(yaml.__file__).parent, folder / "yaml")
    return folder


def install(site, name, code):
    (site / name).mkdir()
    (site / name / "__init__.py").write_text(code, encoding="utf-8")


def look(python, *paths, **more):
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, [ROOT, *paths])),
        "KERASCFG_CACHE": str(Path(python).parent / "no-cache"),
        **more,
    }
    command = [str(python), "-m", "kerascfg", "doctor", "--json"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    findings = json.loads(ran.stdout)["findings"]
    return {(finding["kind"], finding["name"]): finding for finding in findings}


def test_without_packages_each_target_says_what_installs_it(bare_python, site):
    found = look(bare_python, site)
    litert = found["target", "litert"]
    assert not litert["works"]
    assert litert["reason"] == "not installed: tensorflow, ai-edge-litert"
    assert litert["fix"] == "pip install tensorflow ai-edge-litert"
    assert "ai-edge-quantizer" in found["target", "litert_int8"]["fix"]
    assert "nncf" in found["target", "openvino quantize=int8"]["fix"]
    cpu = found["strategy", "cpu"]
    assert not cpu["works"]
    assert cpu["reason"] == "not installed: tensorflow"
    assert cpu["fix"] == "pip install tensorflow"
    torch = found["tool", "torch"]
    assert not torch["works"]
    assert "pip, which installs it, is not in this environment" in torch["reason"]
    assert torch["fix"] == "python -m ensurepip, then kerascfg doctor --make torch"
    if sys.platform == "linux":
        assert "PIP_EXTRA_INDEX_URL" in torch["reason"]


def test_a_tool_of_node_says_that_npm_is_missing(bare_python, site):
    tool = look(bare_python, site, PATH="")["tool", "litert_js"]
    assert "npm, which installs it, is not on PATH" in tool["reason"]
    assert tool["fix"] == "install Node.js with npm, then kerascfg doctor --make litert_js"


def test_a_broken_install_is_told_from_a_missing_one(bare_python, site):
    install(site, "tensorflow", "raise ImportError('libtensorflow_framework.so.2: no such file')")
    install(site, "ai_edge_litert", "")
    found = look(bare_python, site)
    litert, cpu = found["target", "litert"], found["strategy", "cpu"]
    assert litert["reason"].startswith(
        "tensorflow is installed and cannot be imported: ImportError"
    )
    assert litert["fix"] == "pip install --force-reinstall tensorflow"
    assert "libtensorflow_framework.so.2" in cpu["reason"]
    assert cpu["fix"] == "pip install --force-reinstall tensorflow"


def test_what_takes_too_long_is_told_from_what_is_broken(bare_python, site):
    install(site, "tensorflow", "import time; time.sleep(60)")
    install(site, "ai_edge_litert", "")
    code = """import kerascfg.exporting.tools.trying as trying
trying.try_import.__kwdefaults__["limit_seconds"] = 1
"""
    (site / "sitecustomize.py").write_text(code, encoding="utf-8")
    found = look(bare_python, site)
    for finding in (found["target", "litert"], found["strategy", "cpu"]):
        assert not finding["works"]
        assert finding["reason"] == "tensorflow did not answer in 1 s"
        assert "--force-reinstall" not in finding["fix"]


TENSORFLOW_THAT_STARTS = """\
class config:
    @staticmethod
    def list_physical_devices(kind=None):
        {start}
"""


def test_a_tensorflow_that_does_not_start_is_no_broken_package(bare_python, site):
    code = TENSORFLOW_THAT_STARTS.format(start="raise SystemError('no driver')")
    install(site, "tensorflow", code)
    install(site, "ai_edge_litert", "")
    found = look(bare_python, site)
    assert found["target", "saved_model"]["works"]
    assert "does not start: SystemError: no driver" in found["strategy", "cpu"]["reason"]


def test_looking_imports_nothing_heavy_and_changes_nothing(bare_python, site):
    before = sorted(site.rglob("*"))
    look(bare_python, site, PYTHONDONTWRITEBYTECODE="1")
    assert sorted(site.rglob("*")) == before


@pytest.mark.slow
def test_here_litert_and_saved_model_work_and_a_gpu_is_asked_for():
    found = look(sys.executable, CUDA_VISIBLE_DEVICES="-1")
    assert found["target", "litert"]["works"]
    assert found["target", "saved_model"]["works"]
    assert found["strategy", "cpu"]["works"]
    assert found["strategy", "cpu"]["reason"].startswith("CPU:0: the processor")
    assert found["strategy", "auto"]["works"]
    gpu = found["strategy", "gpu"]
    assert not gpu["works"]
    assert "TensorFlow sees no GPU" in gpu["reason"]
    assert "tensorflow[and-cuda]" in gpu["fix"]
