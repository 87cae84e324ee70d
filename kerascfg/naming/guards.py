"""What a constructor's own code refuses: `if units <= 0: raise ValueError(...)`.

Read from the syntax tree, and only where it is plain: comparisons of an argument with literals,
`isinstance`, `in` a collection of texts, and Keras's `standardize_tuple`, at the top of the code or
below `if` an argument is given. A condition that is anything else settles nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kerascfg.naming.kinds import TYPES, Kind

_FLIPPED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_NEGATED = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt}
# Python takes a flag for a whole number; who writes one for a number means something else.
_TYPES = {"int": {"int"}, "float": {"float"}, "str": {"str"}, "bool": {"bool"}}
_TYPES |= {"tuple": {"list"}, "list": {"list"}, "dict": {"dict"}}


def guarded(
    tree: ast.FunctionDef | ast.AsyncFunctionDef, given: Mapping[str, Any]
) -> dict[str, Kind]:
    """Return what a function refuses of its parameters.

    Args:
        tree: the function.
        given: parameter -> value, for those that a subclass fills in (`rank=2`), and
            `self.NAME` -> value, for what the class's body states.
    """
    names = {arg.arg for arg in (*tree.args.args, *tree.args.kwonlyargs)} - given.keys()
    kinds: dict[str, Kind] = {}
    for name, kind in _guards(tree.body, names, given):
        kinds[name] = kinds[name].joined(kind) if name in kinds else kind
    return kinds


def _guards(
    body: list[ast.stmt], names: set[str], given: Mapping[str, Any]
) -> Iterator[tuple[str, Kind]]:
    """Yield what statements refuse of the parameters, in the order in which they do."""
    for statement in body:
        match statement:
            case ast.If(test=test, body=[first, *_], orelse=[]) if _refuses(first):
                yield from _refused(test, names, given)
            case ast.If(test=test, body=inner, orelse=[]) if switch := _parameter(test, names):
                # What nobody asks for is not looked at, but a wrong value is not meant even then.
                for name, kind in _guards(inner, names, given):
                    yield name, replace(kind, or_zero=True) if name == switch else kind
            case ast.Assign(value=ast.Call() as call) | ast.Expr(value=ast.Call() as call):
                yield from _standardized(call, names, given)


def _refuses(statement: ast.stmt) -> bool:
    """Tell whether a branch raises, or warns that it will do something else than was asked."""
    match statement:
        case ast.Raise():
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="warnings")))):
            return True
        case _:
            return False


def takes_lists(tree: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    """Return the parameters that may be lists, whatever the documentation speaks of.

    Those are the ones that the code asks whether they are lists, or hands to a method to judge.
    """
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), types]):
                if re.search(r"\b(list|tuple)\b", ast.unparse(types)):
                    found.add(name)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="self")), args=[ast.Name(id=name), *_]
            ):
                found.add(name)
    return frozenset(found)


def _refused(
    test: ast.expr, names: set[str], given: Mapping[str, Any]
) -> Iterator[tuple[str, Kind]]:
    """Yield what a condition under which the code refuses says of the parameters."""
    match test:
        case ast.BoolOp(op=ast.Or(), values=values):
            for value in values:
                yield from _refused(value, names, given)
        case ast.BoolOp(op=ast.And(), values=[first, second]) if _is_given(first, names):
            yield from _refused(second, names, given)
        case ast.BoolOp(op=ast.And(), values=[first, second]) if _parameter(first, names):
            for name, kind in _refused(second, names, given):
                yield (
                    name,
                    replace(kind, or_zero=True) if name == _parameter(first, names) else kind,
                )
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare() as inner):
            yield from _limits(inner, names, negated=True)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Call() as call):
            yield from _instance(call, names)
        case ast.Compare(left=left, ops=[ast.NotIn()], comparators=[options]):
            known = given.get(ast.unparse(options))
            name, texts = _parameter(left, names), _texts(options) if known is None else known
            if name and texts:
                yield name, Kind(choices=texts)
        case ast.Compare():
            yield from _limits(test, names, negated=False)


def _is_given(test: ast.expr, names: set[str]) -> bool:
    """Tell whether a condition is `x is not None`."""
    match test:
        case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return _parameter(left, names) is not None
        case _:
            return False


def _parameter(node: ast.expr, names: set[str]) -> str | None:
    """Return the parameter that an expression is: `units`, or `self.units`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name if name in names else None
        case _:
            return None


def _limits(compare: ast.Compare, names: set[str], negated: bool) -> Iterator[tuple[str, Kind]]:
    """Yield the limits that a refusing comparison sets; one of two sides is only read negated."""
    operands = [compare.left, *compare.comparators]
    if len(compare.ops) > 1 and not negated:
        return
    for op, left, right in zip(compare.ops, operands, operands[1:], strict=False):
        name, limit, kind = _parameter(left, names), _number(right), type(op)
        if name is None:
            name, limit, kind = _parameter(right, names), _number(left), _FLIPPED.get(type(op))
        kind = _NEGATED.get(kind) if negated else kind
        if name is None or limit is None:
            continue
        if kind is ast.LtE:
            yield name, Kind(above=limit)
        elif kind is ast.Lt:
            yield name, Kind(minimum=limit)
        elif kind is ast.GtE:
            yield name, Kind(below=limit)
        elif kind is ast.Gt:
            yield name, Kind(maximum=limit)


def _instance(call: ast.Call, names: set[str]) -> Iterator[tuple[str, Kind]]:
    """Read `not isinstance(x, int)`."""
    match call:
        case ast.Call(func=ast.Name(id="isinstance"), args=[first, types]):
            listed = types.elts if isinstance(types, ast.Tuple) else [types]
            taken: set[str] = set()
            for item in listed:
                if not isinstance(item, ast.Name) or item.id not in _TYPES:
                    return
                taken |= _TYPES[item.id]
            if name := _parameter(first, names):
                whole = "int" in taken and "float" not in taken
                yield name, Kind(refused=frozenset(TYPES.keys() - taken), whole=whole)


def _standardized(
    call: ast.Call, names: set[str], given: Mapping[str, Any]
) -> Iterator[tuple[str, Kind]]:
    """Read Keras's `standardize_tuple(kernel_size, 2, ...)`: one whole number, or two."""
    if ast.unparse(call.func).rpartition(".")[2] != "standardize_tuple" or len(call.args) < 2:
        return
    name, count = _parameter(call.args[0], names), call.args[1]
    length = given.get(count.id) if isinstance(count, ast.Name) else _number(count)
    zero = any(keyword.arg == "allow_zero" for keyword in call.keywords)
    if name and isinstance(length, int):
        yield (
            name,
            Kind(
                refused=frozenset({"str", "dict", "bool"}),
                whole=True,
                lengths=(length,),
                above=None if zero else 0,
                minimum=0 if zero else None,
            ),
        )


def _number(node: ast.expr) -> int | float | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None


def _texts(node: ast.expr) -> tuple[str, ...]:
    try:
        values = list(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError):
        return ()
    texts = [value for value in values if isinstance(value, str)]
    return tuple(texts) if len(texts) == len([v for v in values if v is not None]) else ()
