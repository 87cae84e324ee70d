"""Back from Keras: a model that exists becomes the YAML that a person would have written."""

from kerascfg.model.from_keras.comparing import compare
from kerascfg.model.from_keras.fold import fold
from kerascfg.model.from_keras.reading import read_model
from kerascfg.model.from_keras.rebuilding import copy_weights, outputs_of, sample_of
from kerascfg.model.from_keras.source import open_source
from kerascfg.model.from_keras.writing import write_yaml

__all__ = [
    "compare",
    "copy_weights",
    "fold",
    "open_source",
    "outputs_of",
    "read_model",
    "sample_of",
    "write_yaml",
]
