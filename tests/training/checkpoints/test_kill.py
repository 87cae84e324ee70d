"""Ten of the kills of `benchmarks/kill.py`; its docstring says what they show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="lives are forked"),
    pytest.mark.skipif(sys.platform == "darwin", reason="macOS forbids to fork what has threads"),
]
SCRIPT = Path(__file__).parents[3] / "benchmarks" / "kill.py"


def test_ten_kills_change_no_bit(tmp_path: Path):
    result = tmp_path / "result.json"
    command = [sys.executable, str(SCRIPT), "--kills", "10", "--export", "none", "--json", result]
    done = subprocess.run(command, capture_output=True, text=True)
    assert result.exists(), done.stderr
    told = json.loads(result.read_text())
    assert told["differs"] == []
    assert (told["kills"], told["equal"], done.returncode) == (10, 10, 0)
