"""The real signature of a class or function, read from its source: the schema of a node.

Most Keras constructors take `**kwargs` and hand them to their base class, so that Python's own
signature accepts every typo. Here the base classes' named arguments are added instead, without
those that the class itself passes on (`Conv2D` fills in its base's `rank`).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from kerascfg.naming.source import Definition, find_definition, follow_expression

REQUIRED: Any = object()
"""Stands for the default of an argument that has none."""
UNREADABLE: Any = object()
"""Stands for a default that is no literal."""


@dataclass(frozen=True)
class Signature:
    """The named arguments of a class or function.

    Attributes:
        arguments: name -> default (`REQUIRED`, or `UNREADABLE` where it is no literal), in order.
        open: whether names that are not listed may be right (`**kwargs` that nobody here reads).
        variadic: name of `*args`, or None.
    """

    arguments: dict[str, Any] = field(default_factory=dict)
    open: bool = False
    variadic: str | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """Return the names that have no default."""
        return tuple(name for name, default in self.arguments.items() if default is REQUIRED)


@cache
def _signature_at(module: str, name: str) -> Signature | None:
    definition = find_definition(module, name)
    return signature_of(definition) if definition else None


def signature_of(definition: Definition) -> Signature:
    """Return the signature of a definition; a class's is its constructor's, without `self`."""
    if isinstance(definition.tree, ast.ClassDef):
        return _class_signature(definition.module, definition.tree)
    signature, _ = _own(definition.tree, bound=False)
    return signature


def _class_signature(module: str, tree: ast.ClassDef) -> Signature:
    init = next(
        (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None
    )
    if init is None:
        fields = _dataclass_fields(tree)
        return Signature(fields) if fields is not None else _inherited(module, tree)
    own, takes_more = _own(init, bound=True)
    if not takes_more:
        return own
    keywords, positional = _passed_on(init)
    inherited = _inherited(module, tree)
    rest = {
        name: default
        for index, (name, default) in enumerate(inherited.arguments.items())
        if name not in keywords and index >= positional and name not in own.arguments
    }
    return Signature({**own.arguments, **rest}, inherited.open, own.variadic)


def _inherited(module: str, tree: ast.ClassDef) -> Signature:
    """Join the signatures of the bases, the first one's defaults winning."""
    arguments: dict[str, Any] = {}
    is_open = False
    for base in tree.bases:
        found = follow_expression(module, base)
        if isinstance(found, Definition) and isinstance(found.tree, ast.ClassDef):
            signature = _signature_at(found.module, found.name)
            if signature:
                arguments = {**signature.arguments, **arguments}
                is_open = is_open or signature.open
        elif not (isinstance(base, ast.Name) and base.id in {"object", "ABC", "Protocol"}):
            is_open = is_open or found is None
    return Signature(arguments, is_open)


def _own(tree: ast.FunctionDef | ast.AsyncFunctionDef, bound: bool) -> tuple[Signature, bool]:
    spec = tree.args
    positional = [*spec.posonlyargs, *spec.args]
    defaults = [REQUIRED] * (len(positional) - len(spec.defaults)) + [
        _literal(default) for default in spec.defaults
    ]
    arguments = {arg.arg: default for arg, default in zip(positional, defaults, strict=True)}
    if bound:
        arguments.pop(positional[0].arg if positional else "self", None)
    for arg, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
        arguments[arg.arg] = REQUIRED if default is None else _literal(default)
    takes_more = spec.kwarg is not None
    variadic = spec.vararg.arg if spec.vararg else None
    return Signature(arguments, takes_more, variadic), takes_more


def _passed_on(init: ast.FunctionDef) -> tuple[set[str], int]:
    """Return the keywords and the number of positions that `super().__init__(...)` fills."""
    for node in ast.walk(init):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "__init__"
            and isinstance(node.func.value, ast.Call)
            and isinstance(node.func.value.func, ast.Name)
            and node.func.value.func.id == "super"
        ):
            positional = [arg for arg in node.args if not isinstance(arg, ast.Starred)]
            return {keyword.arg for keyword in node.keywords if keyword.arg}, len(positional)
    return set(), 0


def _dataclass_fields(tree: ast.ClassDef) -> dict[str, Any] | None:
    decorators = {ast.unparse(node).split("(")[0].split(".")[-1] for node in tree.decorator_list}
    if "dataclass" not in decorators:
        return None
    return {
        node.target.id: REQUIRED if node.value is None else _literal(node.value)
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return UNREADABLE
