import subprocess
import sys

import numpy as np
import pytest

from kerascfg.exporting.probe import answered


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_a_forbidden_package_cannot_be_imported_in_any_way():
    done = run(
        "from kerascfg.exporting.probe import forbid; forbid(['keras'])\n"
        "import importlib\n"
        "for name in ('keras', 'keras.layers', 'keras.src.backend'):\n"
        "    try: importlib.import_module(name)\n"
        "    except ImportError as error: assert 'forbidden' in str(error), error\n"
        "    else: raise SystemExit(name)\n"
        "import json, sqlite3"
    )
    assert done.returncode == 0, done.stderr


def test_a_package_that_is_there_already_cannot_be_forbidden():
    done = run("import json; from kerascfg.exporting.probe import forbid; forbid(['json'])")
    assert "Received: ['json']" in done.stderr


class FromZeroOn:
    """Answers a number of 0 or more with itself, and raises below."""

    inputs = outputs = ()
    batch = None

    def __call__(self, feeds):
        if (feeds["x"] < 0).any():
            raise IndexError("no place below 0\nand more lines of no use")
        return {"y": feeds["x"]}


def test_an_edge_case_that_is_not_answered_is_left_out_with_what_was_raised():
    rows = {"x": np.array([[1.0], [-1.0], [0.0]])}
    slices = {"samples": (0, 1), "large_negative": (1, 2), "zeros": (2, 3), "one": (0, 1)}
    answers, raised = answered(FromZeroOn(), rows, slices)
    assert set(answers) == {"samples/y", "zeros/y", "one/y"}
    assert raised == {"large_negative": "IndexError: no place below 0"}


@pytest.mark.parametrize("case", ["samples", "one", "odd"])
def test_real_samples_must_be_answered(case):
    with pytest.raises(IndexError):
        answered(FromZeroOn(), {"x": np.array([[-1.0]])}, {case: (0, 1)})
