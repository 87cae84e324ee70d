"""The model: a graph of named nodes, checked without Keras and built with it."""

from kerascfg.model.adapt import Batches
from kerascfg.model.augment import build_augment, check_augment
from kerascfg.model.build import Built, build_graph, build_model
from kerascfg.model.check import check_fed, check_model
from kerascfg.model.dividing import Division, divide, part_nodes
from kerascfg.model.facts import check_preprocess_facts
from kerascfg.model.heads import heads_of
from kerascfg.model.load import load_model
from kerascfg.model.parts import POSTPROCESS, PREPROCESS
from kerascfg.model.preprocess import build_preprocess
from kerascfg.model.serving import Parts, build_parts, core_of, learnt_outputs
from kerascfg.model.targets import build_targets, check_targets
from kerascfg.model.weights import without_pretrained

__all__ = [
    "POSTPROCESS",
    "PREPROCESS",
    "Batches",
    "Built",
    "Division",
    "Parts",
    "build_augment",
    "build_graph",
    "build_model",
    "build_parts",
    "build_preprocess",
    "build_targets",
    "check_augment",
    "check_fed",
    "check_model",
    "check_preprocess_facts",
    "check_targets",
    "core_of",
    "divide",
    "heads_of",
    "learnt_outputs",
    "load_model",
    "part_nodes",
    "without_pretrained",
]
