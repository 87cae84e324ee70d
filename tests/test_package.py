"""What `pip install .` puts onto a user's machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_the_wheel_holds_every_module_and_every_yaml_file(tmp_path: Path):
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*pip, "--wheel-dir", str(tmp_path), str(ROOT)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    held = set(ZipFile(wheel).namelist())
    files = {
        f"kerascfg/conf/{f.relative_to(ROOT / 'conf').as_posix()}"
        for f in (ROOT / "conf").rglob("*.yaml")
    }
    files |= {f.relative_to(ROOT).as_posix() for f in (ROOT / "kerascfg").rglob("*.py")}
    templates = (ROOT / "kerascfg" / "exporting" / "kits").rglob("*.*")
    files |= {f.relative_to(ROOT).as_posix() for f in templates if f.suffix != ".pyc"}
    assert files <= held
    assert not [name for name in held if ".schema" in name]  # made for one installation
    assert {name.split("/")[0] for name in held} == {
        "kerascfg",
        wheel.name.split("-py3")[0] + ".dist-info",
    }
