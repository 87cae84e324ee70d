"""What a check costs: a sample of `benchmarks/checking.py`."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from benchmarks.checking import measure
from tests.corpus.cases import wrong_cases

SECONDS = 0.7
"""CPU on a quiet machine; a shared one may take twice as much, an import of Keras five times."""

pytestmark = pytest.mark.slow


def test_a_check_takes_less_than_a_second_of_cpu(tmp_path: Path):
    cases = wrong_cases()
    cases = cases[:: len(cases) // 5]
    for case in cases:
        measure(case, tmp_path)  # writes bytecode
    assert statistics.median(measure(case, tmp_path) for case in cases) < 2 * SECONDS
