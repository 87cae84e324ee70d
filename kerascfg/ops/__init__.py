"""Functions on tensors that YAML needs and Keras lacks, named by `op: NAME` like Keras's own."""

from kerascfg.ops.get_item import get_item as get_item
