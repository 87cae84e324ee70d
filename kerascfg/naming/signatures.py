"""The real signature of a class or function, read from its source: the schema of a node.

Most Keras constructors take `**kwargs` and hand them to their base class, so that Python's own
signature accepts every typo. Here the base classes' named arguments are added instead, without
those that the class itself passes on (`Conv2D` fills in its base's `rank`).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from kerascfg.naming.docstrings import docstring_of
from kerascfg.naming.documented import kinds_of
from kerascfg.naming.guards import guarded, takes_lists
from kerascfg.naming.kinds import Kind
from kerascfg.naming.source import Definition, find_definition, follow_expression

REQUIRED: Any = object()
"""Stands for the default of an argument that has none."""
UNREADABLE: Any = object()
"""Stands for a default that is no literal."""

Given = tuple[tuple[str, Any], ...]
"""What a subclass fills in of its base's arguments with a literal: `(("rank", 2),)`."""

_NOT_NULL = Kind(refused=frozenset({"NoneType"}))
_EMPTY = frozenset({"object", "ABC", "Protocol", "Generic"})


@dataclass(frozen=True)
class Signature:
    """The named arguments of a class or function.

    Attributes:
        arguments: name -> default (`REQUIRED`, or `UNREADABLE` where it is no literal), in order.
        open: whether names that are not listed may be right (`**kwargs` that nobody here reads).
        variadic: name of `*args`, or None.
        kinds: name -> what it takes, where the source settles it.
    """

    arguments: dict[str, Any] = field(default_factory=dict)
    open: bool = False
    variadic: str | None = None
    kinds: dict[str, Kind] = field(default_factory=dict)

    @property
    def required(self) -> tuple[str, ...]:
        """Return the names that have no default."""
        return tuple(name for name, default in self.arguments.items() if default is REQUIRED)


def signature_of(definition: Definition) -> Signature:
    """Return the signature of a definition; a class's is its constructor's, without `self`."""
    return _signature_at(definition.module, definition.name)


def call_signature_of(definition: Definition) -> Signature | None:
    """Return what a layer's `call` takes, without `self`; None where the source shows no `call`."""
    return _call_at(definition.module, definition.name)


@cache
def _call_at(module: str, name: str) -> Signature | None:
    definition = find_definition(module, name)
    if definition is None or not isinstance(definition.tree, ast.ClassDef):
        return None
    for node in definition.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "call":
            return _own(node, node.args.args[1:], ast.get_docstring(node) or "")
    for base in _bases(definition.tree):
        found = follow_expression(definition.module, base)
        if isinstance(found, Definition) and (found.module, found.name) != (module, name):
            return _call_at(found.module, found.name)
    return None


@cache
def _signature_at(module: str, name: str, given: Given = ()) -> Signature:
    definition = find_definition(module, name)
    assert definition is not None
    tree = definition.tree
    if isinstance(tree, ast.ClassDef):
        return _class_signature(definition.module, tree, given)
    return _own(tree, tree.args.args, ast.get_docstring(tree) or "")


def _class_signature(module: str, tree: ast.ClassDef, given: Given) -> Signature:
    init = next(
        (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None
    )
    passed = _passed_on(init, dict(given)) if init else _Passed(literals=given)
    inherited = _inherited(module, tree, passed.literals)
    documentation = docstring_of(module, tree)
    if init is None:
        return _dataclass_signature(tree, inherited) if _is_dataclass(tree) else inherited
    documentation += "\n" + (ast.get_docstring(init) or "")
    own = _own(init, init.args.args[1:], documentation, {**_collections(tree), **dict(given)})
    if not own.open or not _bases(tree):
        return own
    rest = {
        name: default
        for index, (name, default) in enumerate(inherited.arguments.items())
        if name not in passed.keywords
        and index >= len(passed.positional)
        and name not in own.arguments
    }
    kinds = {name: kind for name, kind in inherited.kinds.items() if name not in own.arguments}
    handed = zip(inherited.arguments, passed.positional, strict=False)
    unchanged = passed.unchanged | {name for name, own_name in handed if name == own_name}
    for name in own.arguments:
        base = inherited.kinds.get(name) if name in unchanged else None
        kind = own.kinds.get(name)
        if joined := (base.joined(kind) if base and kind else base or kind):
            kinds[name] = _with_default(joined, own.arguments[name])
    return Signature({**own.arguments, **rest}, inherited.open, own.variadic, kinds)


def _inherited(module: str, tree: ast.ClassDef, given: Given) -> Signature:
    """Join the signatures of the bases, the first one's defaults winning."""
    arguments: dict[str, Any] = {}
    kinds: dict[str, Kind] = {}
    is_open = False
    for base in _bases(tree):
        found = follow_expression(module, base)
        if not isinstance(found, Definition) or (found.module, found.name) == (module, tree.name):
            is_open = True
            continue
        signature = _signature_at(found.module, found.name, given)
        arguments = {**signature.arguments, **arguments}
        kinds = {**signature.kinds, **kinds}
        is_open = is_open or signature.open
    return Signature(arguments, is_open, None, kinds)


def _bases(tree: ast.ClassDef) -> list[ast.expr]:
    """Return the base classes that may take arguments."""
    return [b for b in tree.bases if ast.unparse(b).split("[")[0].split(".")[-1] not in _EMPTY]


def _own(
    tree: ast.FunctionDef | ast.AsyncFunctionDef,
    named: list[ast.arg],
    documentation: str,
    given: Mapping[str, Any] | None = None,
) -> Signature:
    """Read a function's own arguments; `named` are those that stand before `*`."""
    spec = tree.args
    defaults = [_literal(default) for default in spec.defaults]
    padded = [REQUIRED] * len(named) + defaults
    arguments = dict(zip((arg.arg for arg in named), padded[len(defaults) :], strict=True))
    for arg, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
        arguments[arg.arg] = REQUIRED if default is None else _literal(default)
    kinds = kinds_of([*named, *spec.kwonlyargs], arguments, documentation)
    for name in takes_lists(tree) & kinds.keys():
        kinds[name] = replace(kinds[name], refused=kinds[name].refused - {"list"})
    for name, kind in guarded(tree, given or {}).items():
        kinds[name] = kinds[name].joined(kind) if name in kinds else kind
    kinds = {name: _with_default(kind, arguments.get(name)) for name, kind in kinds.items()}
    variadic = spec.vararg.arg if spec.vararg else None
    return Signature(arguments, spec.kwarg is not None, variadic, kinds)


def _with_default(kind: Kind, default: Any) -> Kind:
    """Say of a kind whether null is right: where it is the default, never where a size must be."""
    if default is None:
        return replace(kind, refused=kind.refused - _NOT_NULL.refused)
    return kind.joined(_NOT_NULL) if default is REQUIRED and kind.whole else kind


def _collections(tree: ast.ClassDef) -> dict[str, tuple[str, ...]]:
    """Return the collections of texts that a class's body states, as its methods name them."""
    found = {}
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple() | ast.List() as value):
                texts = _literal(value)
                if texts is not UNREADABLE and all(isinstance(text, str) for text in texts):
                    found[f"self.{name}"] = tuple(texts)
    return found


@dataclass(frozen=True)
class _Passed:
    """What a constructor hands to its base's: `super().__init__(filters=filters, rank=2)`.

    Attributes:
        keywords: names of the base's arguments that it fills in.
        positional: what it fills in by position, where that is an argument of its own.
        unchanged: the keywords that pass on its own argument of that name.
        literals: the keywords with a literal, or a literal that it was given itself.
    """

    keywords: frozenset[str] = frozenset()
    positional: tuple[str | None, ...] = ()
    unchanged: frozenset[str] = frozenset()
    literals: Given = ()


def _passed_on(init: ast.FunctionDef, given: Mapping[str, Any]) -> _Passed:
    for node in ast.walk(init):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="__init__", value=ast.Call(func=ast.Name(id="super")))
            ):
                return _handed(node.args, node.keywords, given)
    # Keras's `Layer` calls its bases by their names: `Operation.__init__(self, name=name)`.
    named = [
        _handed(call.args[1:], call.keywords, given)
        for call in (s.value for s in init.body if isinstance(s, ast.Expr))
        if isinstance(call, ast.Call)
        and call.args
        and ast.unparse(call.args[0]) == "self"
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "__init__"
    ]
    return _Passed(unchanged=frozenset().union(*(passed.unchanged for passed in named)))


def _handed(
    positional: list[ast.expr], keywords: list[ast.keyword], given: Mapping[str, Any]
) -> _Passed:
    stated = {item.arg: item.value for item in keywords if item.arg}
    names = {key: v.id for key, v in stated.items() if isinstance(v, ast.Name)}
    literals = {
        key: given[names[key]] if names.get(key) in given else value.value
        for key, value in stated.items()
        if names.get(key) in given or isinstance(value, ast.Constant)
    }
    return _Passed(
        frozenset(stated),
        tuple(
            arg.id if isinstance(arg, ast.Name) else None
            for arg in positional
            if not isinstance(arg, ast.Starred)
        ),
        frozenset(key for key, name in names.items() if key == name),
        tuple(literals.items()),
    )


def _is_dataclass(tree: ast.ClassDef) -> bool:
    names = (ast.unparse(node).split("(")[0].split(".")[-1] for node in tree.decorator_list)
    return "dataclass" in names


def _dataclass_signature(tree: ast.ClassDef, inherited: Signature) -> Signature:
    fields = [
        (node.target.id, node)
        for node in tree.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and not ast.unparse(node.annotation).split("[")[0].endswith("ClassVar")
    ]
    own = {name: default for name, node in fields if (default := _field_default(node)) is not None}
    arguments = {**inherited.arguments, **{name: default[0] for name, default in own.items()}}
    parameters = [ast.arg(name, node.annotation) for name, node in fields if name in own]
    kinds = kinds_of(parameters, arguments, ast.get_docstring(tree) or "")
    return Signature(arguments, inherited.open, None, {**inherited.kinds, **kinds})


def _field_default(node: ast.AnnAssign) -> tuple[Any] | None:
    """Return the default of a dataclass's field in a tuple, or None where it is no argument."""
    match node.value:
        case None:
            return (REQUIRED,)
        case ast.Call(func=ast.Name(id="field") | ast.Attribute(attr="field"), keywords=stated):
            given = {keyword.arg: keyword.value for keyword in stated}
            if "init" in given and _literal(given["init"]) is False:
                return None
            if "default" in given:
                return (_literal(given["default"]),)
            return (UNREADABLE if "default_factory" in given else REQUIRED,)
        case value:
            return (_literal(value),)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNREADABLE
