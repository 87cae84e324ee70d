from __future__ import annotations

import pytest
from rich.console import Console

from kerascfg.model.summary import Row, Totals
from kerascfg.model.table import notes, spell_bytes, spell_count, summary_table

ROWS = [
    Row("image", "", "input", "Input", (), ((224, 224, 3),), ("float32",), activation_bytes=602112),
    Row("stage1_0_conv1", "", "layer", "Conv2D", ("image",), ((112, 112, 64),), ("float32",),
        9408, 9408, 236_000_000, 3_211_264, 37632),
    Row("stage1_0_conv2", "", "layer", "BatchNormalization", ("stage1_0_conv1", "image"),
        ((112, 112, 64),), ("float32",), 9408, 9408, None, None, 37632),
]  # fmt: skip
TOTALS = Totals(18816, 9408, None, None, 75264)


def printed(width: int) -> list[str]:
    console = Console(width=width)
    with console.capture() as capture:
        console.print(summary_table(ROWS, TOTALS, width))
    return capture.get().splitlines()


@pytest.mark.parametrize("width", [80, 120])
def test_each_node_is_one_line_that_fits(width: int):
    lines = printed(width)
    assert len(lines) == len(ROWS) + 2
    assert max(map(len, lines)) <= width


def test_numbers_are_whole_and_the_ends_of_names_stay_where_it_is_narrow():
    lines = printed(76)
    assert "9,408" in lines[2]
    assert "3.06 MiB" in lines[2]
    assert lines[2].split()[0].endswith("onv1")
    assert lines[3].split()[0].endswith("onv2")


def test_weights_have_a_column_where_there_is_room():
    assert "weights" in printed(120)[0]
    assert "weights" not in printed(80)[0]


def test_what_is_not_known_is_marked_and_the_way_out_named():
    assert "?" in printed(80)[3]
    assert "model.inputs.image.shape" in notes(ROWS, TOTALS)[1]
    assert "9,408 learn" in notes(ROWS, TOTALS)[0]


@pytest.mark.parametrize(
    ("count", "spelled"),
    [(0, ""), (None, "?"), (7, "7"), (999, "999"), (999_600, "1.00 M"), (7_715_946_496, "7.72 G"),
     (2_359_296, "2.36 M"), (36_864, "36.9 k")],
)  # fmt: skip
def test_counts_have_three_digits(count, spelled):
    assert spell_count(count) == spelled


def test_sizes_have_three_digits():
    assert [spell_bytes(n) for n in (40, 1024, 1_048_576)] == ["40 B", "1.00 KiB", "1.00 MiB"]
