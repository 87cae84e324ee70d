"""A graph over a table's columns as what a model learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml

from kerascfg.model import build_targets, check_targets

COLUMNS = ("label", "size")
GRAPH = """
index: {type: StringLookup, inputs: label, num_oov_indices: 0}
head: {op: one_hot, num_classes: $data.classes}
big: {op: greater, inputs: [size, 2.0]}
"""


def problems_of(text: str, columns: tuple[str, ...] | None = COLUMNS):
    return check_targets(yaml.safe_load(text), columns)


def test_a_graph_over_columns_is_right_with_and_without_knowing_them():
    assert problems_of(GRAPH) == []
    assert problems_of(GRAPH, None) == []


def test_a_misspelled_column_is_found():
    (problem,) = problems_of(GRAPH.replace("inputs: label", "inputs: labl"))
    assert problem.path == "data.target.index.inputs"
    assert problem.fix == "data.target.index.inputs=label"


def test_a_target_does_not_bear_a_columns_name():
    paths = {problem.path for problem in problems_of(GRAPH.replace("big:", "size:"))}
    assert paths == {"data.target.size"}


def test_arguments_of_its_nodes_are_checked():
    (problem,) = problems_of(GRAPH.replace("num_classes", "num_class"))
    assert problem.path == "data.target.head.num_class"


@pytest.mark.slow
def test_its_ends_are_the_targets():
    rows: dict[str, Any] = {
        "label": np.array(["b", "b", "a"], dtype=object),
        "size": np.array([1, 2, 3], "float32"),
    }

    def batches(names: tuple[str, ...]) -> Any:
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices({name: rows[name] for name in names}).batch(2)

    import tensorflow as tf

    specs = {
        "label": {"shape": [], "dtype": "string"},
        "size": {"shape": [], "dtype": "float32"},
    }
    graph = yaml.safe_load(GRAPH)
    model = build_targets(graph, specs, {"data": {"classes": 2}}, batches)
    targets = model({name: tf.constant(values) for name, values in rows.items()})
    assert set(targets) == {"head", "big"}
    assert np.asarray(targets["head"]).tolist() == [[1, 0], [1, 0], [0, 1]]
    assert np.asarray(targets["big"]).tolist() == [False, False, True]
