from __future__ import annotations

import xml.etree.ElementTree as Xml

from kerascfg.model.picture import chains, draw
from kerascfg.model.summary import Row

SVG = "{http://www.w3.org/2000/svg}"


def row(name: str, *inputs: str, kind: str = "layer", group: str = "", **more) -> Row:
    given = {"shapes": ((8, 8, 3),), "dtypes": ("float32",), **more}
    return Row(name, f"model.layers.{name}", kind, "Dense", inputs, group=group, **given)  # type: ignore[arg-type]


RESIDUAL = [
    row("image", kind="input"),
    row("s_conv", "image", group="s", parameters=10, flops=20),
    row("s_bn", "s_conv", group="s", parameters=4),
    row("s_add", "s_bn", "image", group="s"),
    row("head", "s_add", is_output=True),
]


def texts(picture: str) -> list[str]:
    return [text.text or "" for text in Xml.fromstring(picture).iter(f"{SVG}text")]


def test_nodes_that_follow_each_other_are_one_card():
    found = [[row.name for row in chain] for chain in chains(RESIDUAL)]
    assert found == [["image"], ["s_conv", "s_bn"], ["s_add"], ["head"]]


def test_what_two_nodes_take_ends_its_card():
    rows = [row("a"), row("b", "a"), row("c", "b"), row("d", "b")]
    assert [[r.name for r in chain] for chain in chains(rows)] == [["a", "b"], ["c"], ["d"]]


def test_every_node_its_group_and_the_output_are_named():
    said = texts(draw(RESIDUAL))
    for name in ("image", "conv", "bn", "add", "head", "output", "s"):
        assert said.count(name) == 1, name
    assert said.count("8\u00d78\u00d73") == 5


def test_the_legend_names_only_what_is_there():
    said = texts(draw(RESIDUAL))
    assert "products, convolutions" in said
    assert "function" not in said


def test_texts_are_escaped():
    strange = Row("a", "model.<&>", "layer", "My<Layer>&", (), ((1,),), ("float32",))
    assert "My<Layer>&" in texts(draw([strange]))


def test_the_same_rows_give_the_same_picture_on_white_ground():
    picture = draw(RESIDUAL)
    assert picture == draw(list(RESIDUAL))
    first = next(Xml.fromstring(picture).iter(f"{SVG}rect"))
    assert (first.get("fill"), first.get("width")) == ("#ffffff", "100%")


def test_a_node_may_bear_the_name_of_a_group():
    rows = [row("s"), row("s_conv", "s", group="s"), row("end", "s_conv", "s")]
    assert texts(draw(rows)).count("s") == 2
