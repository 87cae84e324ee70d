"""Names, signatures and expressions: what a node may say, known without importing Keras."""

from kerascfg.naming.names import Found, find, names_of_area
from kerascfg.naming.nodes import (
    build_node,
    build_value,
    check_arguments,
    check_node,
    check_value,
    kind_of,
    load_object,
    split_node,
)
from kerascfg.naming.settings import read_settings

__all__ = [
    "Found",
    "build_node",
    "build_value",
    "check_arguments",
    "check_node",
    "check_value",
    "find",
    "kind_of",
    "load_object",
    "names_of_area",
    "read_settings",
    "split_node",
]
