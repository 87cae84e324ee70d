"""From a config's model to plain Keras code, so that nobody is locked in."""

from kerascfg.model.to_python.program import write_python

__all__ = ["write_python"]
