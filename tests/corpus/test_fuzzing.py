"""A sample of what `benchmarks/fuzzing.py` does at large."""

from __future__ import annotations

from benchmarks.fuzzing import fuzz


def test_changed_configs_get_an_answer_and_planted_keys_a_message():
    result = fuzz(count=150, seed=3)
    assert result["planted"] > 20
    assert result["findings"] == []
