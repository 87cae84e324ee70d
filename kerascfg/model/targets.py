"""The graph of `data.target`: from the columns of a table to what a model learns.

It runs in the input pipeline alone and is never served. Its ends are the targets, named after the
model's outputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.errors import Problem
from kerascfg.model.adapt import Batches
from kerascfg.model.build import Builder, taken_by
from kerascfg.model.check_parts import check_graph
from kerascfg.model.expand import expand_model
from kerascfg.model.inputs import input_tensors
from kerascfg.model.parts import Entering
from kerascfg.model.wiring import EVERY_END

if TYPE_CHECKING:
    import keras

_KEY = "target"


def check_targets(
    graph: Mapping[str, Any], columns: tuple[str, ...] | None, path: str = "data"
) -> list[Problem]:
    """Return what is wrong with a graph of targets.

    Args:
        graph: name -> node.
        columns: names of the table's columns, None where only reading the data would tell.
        path: where the group that holds it stands in the config.
    """
    enter = Entering(columns)
    return check_graph({_KEY: graph}, enter, {}, frozenset(), path, _KEY, EVERY_END)[1]


def build_targets(
    graph: Mapping[str, Any],
    columns: Mapping[str, Mapping[str, Any]],
    facts: Mapping[str, Any],
    batches: Batches,
    path: str = "data",
) -> keras.Model:
    """Build a graph of targets, its layers adapted to the training split.

    Args:
        graph: name -> node, without problems.
        columns: column that it may read -> its `shape` and `dtype`.
        facts: what is known of the data.
        batches: returns batches of the named columns of the training split.
        path: where the group that holds it stands in the config.

    Returns:
        A model from columns to targets, both by name.

    Raises:
        ConfigError: the graph does not fit the columns, or Keras refuses a node.
    """
    spelled = expand_model({_KEY: graph}, tuple(columns), facts, path, key=_KEY, outputs=EVERY_END)
    builder = Builder(taken_by(spelled, input_tensors(columns, path)), batches)
    return builder.build(spelled, "targets", path, by_name=True)
