"""Back from Keras: a model that exists becomes the YAML that a person would have written."""

from kerascfg.model.from_keras.reading import read_model

__all__ = ["read_model"]
