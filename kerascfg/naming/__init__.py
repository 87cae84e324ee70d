"""Names, signatures and expressions: what a node may say, known without importing Keras."""

from kerascfg.naming.areas import NEEDS_OBJECT, REQUIRED_VALUE
from kerascfg.naming.expressions import (
    ExpressionError,
    check_expressions,
    evaluate,
    is_expression,
    substitute,
)
from kerascfg.naming.names import Found, find, names_of_area
from kerascfg.naming.nodes import (
    KINDS,
    build_node,
    build_value,
    call,
    check_arguments,
    check_as_meant,
    check_node,
    check_value,
    kind_of,
    load_object,
    split_node,
)
from kerascfg.naming.settings import read_settings

__all__ = [
    "KINDS",
    "NEEDS_OBJECT",
    "REQUIRED_VALUE",
    "ExpressionError",
    "Found",
    "build_node",
    "build_value",
    "call",
    "check_arguments",
    "check_as_meant",
    "check_expressions",
    "check_node",
    "check_value",
    "evaluate",
    "find",
    "is_expression",
    "kind_of",
    "load_object",
    "names_of_area",
    "read_settings",
    "split_node",
    "substitute",
]
