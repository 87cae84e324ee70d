"""The model: a graph of named nodes, checked without Keras and built with it."""

from kerascfg.model.adapt import Batches
from kerascfg.model.augment import build_augment, check_augment
from kerascfg.model.build import Built, build_graph, build_model
from kerascfg.model.check import check_fed, check_model
from kerascfg.model.heads import heads_of
from kerascfg.model.load import load_model
from kerascfg.model.weights import without_pretrained

__all__ = [
    "Batches",
    "Built",
    "build_augment",
    "build_graph",
    "build_model",
    "check_augment",
    "check_fed",
    "check_model",
    "heads_of",
    "load_model",
    "without_pretrained",
]
