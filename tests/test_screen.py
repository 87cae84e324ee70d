from __future__ import annotations

import pytest
from rich.console import Console

from kerascfg.screen import model_table, result_table, say


def printed(thing) -> str:
    console = Console(width=100)
    with console.capture() as capture:
        console.print(thing)
    return capture.get()


def test_the_result_has_a_row_a_split_and_a_column_a_metric():
    text = printed(result_table({"train": {"loss": 0.5, "accuracy": 1.0}, "test": {"loss": 0.25}}))
    assert "accuracy" in text
    assert "0.5000" in text and "1.0000" in text and "0.2500" in text


def test_a_fact_is_one_line_however_long():
    console = Console(width=20)
    with console.capture() as capture:
        say(console, "run", "x" * 50)
    assert capture.get() == f"run       {'x' * 50}\n"


@pytest.mark.slow
def test_the_model_s_table_shows_shapes_parameters_and_what_is_frozen():
    import keras

    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, name="a"), keras.layers.Dense(2, name="b")]
    )
    model.layers[0].trainable = False
    text = printed(model_table(model))
    assert [line.split() for line in text.splitlines()[1:3]] == [
        ["a", "Dense", "(3)", "15", "frozen"],
        ["b", "Dense", "(2)", "8"],
    ]
    assert "23" in text.splitlines()[3] and "8 learn" in text.splitlines()[3]
