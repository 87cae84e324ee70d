"""Names, signatures and expressions: what a node may say, known without importing Keras."""

from kerascfg.naming.areas import AREAS, NEEDS_OBJECT, REQUIRED_VALUE
from kerascfg.naming.expressions import (
    CHANNELS,
    ExpressionError,
    Later,
    check_expressions,
    evaluate,
    expressions_in,
    is_expression,
    names_asked,
    names_in,
    names_within,
    nodes_in,
    settle,
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
from kerascfg.naming.signatures import call_signature_of

__all__ = [
    "AREAS",
    "CHANNELS",
    "KINDS",
    "NEEDS_OBJECT",
    "REQUIRED_VALUE",
    "ExpressionError",
    "Found",
    "Later",
    "build_node",
    "build_value",
    "call",
    "call_signature_of",
    "check_arguments",
    "check_as_meant",
    "check_expressions",
    "check_node",
    "check_value",
    "evaluate",
    "expressions_in",
    "find",
    "is_expression",
    "kind_of",
    "load_object",
    "names_asked",
    "names_in",
    "names_of_area",
    "names_within",
    "nodes_in",
    "read_settings",
    "settle",
    "split_node",
    "substitute",
]
