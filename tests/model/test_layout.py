from __future__ import annotations

import itertools

from kerascfg.model.layout import Arrangement, Box, arrange


def arranged(edges: str, groups: dict[str, str] | None = None) -> Arrangement:
    """Arrange leaves of 100 x 20, as in `a>b b>c`."""
    pairs = [(a, b) for a, b in (edge.split(">") for edge in edges.split())]
    leaves = dict.fromkeys(itertools.chain(*pairs))
    return arrange(dict.fromkeys(leaves, (100.0, 20.0)), pairs, groups or {})


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def contains(outer: Box, inner: Box) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
    )


def test_each_box_stands_below_what_feeds_it():
    boxes = arranged("a>b b>c a>c").boxes
    assert boxes["a"].y + 20 < boxes["b"].y
    assert boxes["b"].y + 20 < boxes["c"].y


def test_a_chain_is_straight():
    drawn = arranged("a>b b>c c>d")
    assert len({box.x for box in drawn.boxes.values()}) == 1
    assert all(len({x for x, _ in line.points}) == 1 for line in drawn.lines)


def test_boxes_do_not_overlap_and_lie_inside_the_picture():
    drawn = arranged("a>b a>c a>d b>e c>e d>f e>g f>g a>g")
    for one, other in itertools.combinations(drawn.boxes.values(), 2):
        assert not overlap(one, other)
    whole = Box(0, 0, drawn.width, drawn.height)
    assert all(contains(whole, box) for box in drawn.boxes.values())


def test_a_line_round_a_box_does_not_run_through_it():
    drawn = arranged("a>b b>c a>c")
    around = next(line for line in drawn.lines if len(line.points) > 2)
    box = drawn.boxes["b"]
    beside = [x for x, y in around.points if box.y <= y <= box.y + box.height]
    assert beside
    assert all(x < box.x or x > box.x + box.width for x in beside)


def test_lines_are_not_crossed_without_need():
    drawn = arranged("a>c b>d a>e").boxes
    assert (drawn["a"].x < drawn["b"].x) == (drawn["c"].x < drawn["d"].x)
    assert (drawn["a"].x < drawn["b"].x) == (drawn["e"].x < drawn["d"].x)


def test_a_group_holds_its_members_and_no_others():
    groups = {"b": "g", "c": "g", "d": "h", "h": "g"}
    boxes = arranged("a>b b>c b>d c>e d>e a>e", groups).boxes
    assert all(contains(boxes["g"], boxes[name]) for name in ("b", "c", "d", "h"))
    assert contains(boxes["h"], boxes["d"])
    assert not overlap(boxes["g"], boxes["a"])
    assert not overlap(boxes["g"], boxes["e"])


def test_lines_meet_at_the_edge_of_a_group():
    drawn = arranged("a>b b>c", {"b": "g"})
    (entering,) = [line for line in drawn.lines if line.points[0][1] < drawn.boxes["g"].y]
    assert entering.points[-1][1] == drawn.boxes["g"].y
    inside = [line for line in drawn.lines if line.points[0] == entering.points[-1]]
    assert [line.points[-1][1] for line in inside] == [drawn.boxes["b"].y]


def test_a_source_that_is_needed_late_stands_just_above():
    boxes = arranged("a>b b>c c>d late>d").boxes
    assert boxes["late"].y == boxes["c"].y


def test_the_same_graph_is_arranged_alike():
    edges = "a>b a>c b>d c>d a>d"
    assert arranged(edges) == arranged(edges)
