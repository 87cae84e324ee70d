"""A model file with a misspelled `layers` is told of that, not of its task."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_misspelled_layers_key_is_named_with_its_place(tmp_path: Path):
    (tmp_path / "conf" / "model").mkdir(parents=True)
    text = "layer:\n  flat: Flatten\n  head: Dense\n"
    (tmp_path / "conf" / "model" / "mine.yaml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(ROOT / "train.py"), "model=mine"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "model.layer  (conf/model/mine.yaml:1)" in done.stderr
    assert "did you mean `layers`?" in done.stderr
