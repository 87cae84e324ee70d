"""YAML files describe a Keras model; kerascfg builds, trains, verifies and exports it."""

from kerascfg._version import __version__

__all__ = ["__version__"]
