import json

import pytest

from kerascfg.exporting.fragile import MOST_GROUPS, hold

HARM = {"stem": 0.001, "body": 0.05, "head": 0.2}


def search(limit: float, harm: dict[str, float], base: float = 0.0):
    """Search in a model whose layers each harm the metric by a known amount."""

    def quantised(kept: frozenset[str]) -> bytes:
        return json.dumps(sorted(harm.keys() - kept)).encode()

    def drop(content: bytes) -> float:
        return base + sum(harm[layer] for layer in json.loads(content))

    layers = {layer: frozenset([layer]) for layer in harm}
    return hold(limit, lambda: layers, quantised, drop, drop)


def test_nothing_is_kept_where_the_metric_holds():
    held = search(0.3, HARM)
    assert held.kept == ()
    assert held.made == 1


def test_the_most_fragile_layer_is_kept_first():
    held = search(0.06, HARM)
    assert held.kept == ("head",)
    assert held.drop == pytest.approx(0.051)
    assert held.drop_of_all == pytest.approx(0.251)
    assert held.content == b'["body", "stem"]'


def test_as_many_are_kept_as_it_takes():
    assert search(0.001, HARM).kept == ("head", "body")


def test_nothing_left_to_quantise_is_no_file():
    held = search(0.0005, HARM)
    assert held.content is None
    assert held.drop == 0


def test_not_even_float_holding_is_no_file():
    held = search(0.01, HARM, base=0.02)
    assert held.content is None
    assert held.drop == 0.02
    assert held.made == 2


def test_the_number_of_files_is_bounded():
    many = {f"layer{number}": 0.001 * number for number in range(1000)}
    held = search(3.0, many)
    assert held.drop <= 3.0
    assert held.made < MOST_GROUPS + 10
