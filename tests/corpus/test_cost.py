"""What a check costs: a sample of `benchmarks/checking.py`."""

from __future__ import annotations

import statistics

import pytest

from benchmarks.checking import measure
from tests.corpus.cases import wrong_cases

SECONDS = 0.7
"""CPU on a quiet machine; a shared one may take twice as much, an import of Keras five times."""

pytestmark = pytest.mark.slow


def test_a_check_takes_less_than_a_second_of_cpu():
    cases = wrong_cases()
    assert statistics.median(map(measure, cases[:: len(cases) // 5])) < 2 * SECONDS
