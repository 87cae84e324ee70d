"""Find definitions in source files without importing anything.

Importing Keras takes seconds and runs code; a check may do neither. So a name is followed as a
reader would follow it: open the module's file, find the statement that defines or imports the
name, and go on from there. Only what stands at the top of a module counts, inside `if`, `try` and
`with` too; statements in functions and classes bind nothing there.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Definition:
    """Where a class or function is defined, and its syntax tree."""

    module: str
    name: str
    tree: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A module that a name turned out to be."""

    name: str


def find_definition(module: str, name: str) -> Definition | None:
    """Follow `module.name` through imports and aliases to the class or function it names.

    Args:
        module: dotted name of a module; none of its parents is imported.
        name: an attribute of it.

    Returns:
        The definition, or None where the source does not show one.

    Raises:
        SyntaxError: a file on the way is no Python.
    """
    found = _follow(module, name)
    return found if isinstance(found, Definition) else None


def resolve_dotted(dotted: str) -> Definition | Module | None:
    """Resolve `package.module.Name`, splitting it where the modules end.

    Raises:
        SyntaxError: a file on the way is no Python.
    """
    root, *rest = dotted.split(".")
    return _attributes(Module(root) if is_module(root) else None, rest)


def follow_expression(module: str, expression: ast.expr) -> Definition | Module | None:
    """Follow a name or dotted name as it stands in the code of `module` (a base class, say)."""
    parts = _dotted(expression)
    return _attributes(_follow(module, parts[0]), parts[1:]) if parts else None


def bases_of(module: str, tree: ast.AST) -> Iterator[Definition]:
    """Yield the base classes of a class that stands in `module`, as far as the source shows."""
    for expression in getattr(tree, "bases", ()):
        found = follow_expression(module, expression)
        if isinstance(found, Definition) and found.tree is not tree:
            yield found


def public_names(module: str) -> list[str]:
    """List what a module defines or imports by name, without a leading underscore."""
    names: set[str] = set()
    seen, waiting = set(), [module]
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            names.update(
                name
                for name, bindings in _top(module).bindings.items()
                if not name.startswith("_") and not all(_is_module_import(b) for b in bindings)
            )
            waiting += _top(module).stars
    return sorted(names)


def statements(module: str) -> Iterator[ast.stmt]:
    """Yield the statements at the top of a module, those inside `if`, `try` and `with` too."""
    file = module_file(module)
    if file is not None:
        yield from (statement for statement, _ in _statements(_parse(file).body))


def is_module(dotted: str) -> bool:
    """Tell whether there is such a module or package, importing nothing (not even its parents)."""
    return _locate(dotted) is not None


def module_file(dotted: str) -> Path | None:
    """Return the source file of a module, or None where it has none (a folder, compiled code)."""
    place = _locate(dotted)
    return place.file if place else None


@dataclass(frozen=True)
class _Place:
    file: Path | None
    folders: tuple[Path, ...]


@cache
def _locate(dotted: str) -> _Place | None:
    root, *rest = dotted.split(".")
    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    file = Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None
    place = _Place(file, tuple(Path(folder) for folder in spec.submodule_search_locations or ()))
    for part in rest:
        found = next(filter(None, (_in_folder(folder, part) for folder in place.folders)), None)
        if found is None:
            return None
        place = found
    return place


def _in_folder(folder: Path, part: str) -> _Place | None:
    if not part.isidentifier():
        return None
    package, init, file = folder / part, folder / part / "__init__.py", folder / f"{part}.py"
    if init.is_file():
        return _Place(init, (package,))
    if file.is_file():
        return _Place(file, ())
    return _Place(None, (package,)) if package.is_dir() else None


@dataclass(frozen=True)
class _Import:
    """`from module import name`; `name` is None for `import module`."""

    module: str
    name: str | None


_Alias = tuple[str, ...]
"""`Name = other.thing`, as the parts of the right side."""
_Tree = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_Binding = _Tree | _Import | _Alias


@dataclass(frozen=True)
class _Top:
    """The names at the top of a module, each with its bindings in the order to try them.

    A binding at the margin hides the ones before it; those inside `if` and `try` are alternatives.
    """

    bindings: dict[str, list[_Binding]]
    stars: tuple[str, ...]


@cache
def _top(module: str) -> _Top:
    file = module_file(module)
    if file is None:
        return _Top({}, ())
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    bindings: dict[str, list[_Binding]] = {}
    stars = []
    for statement, at_margin in _statements(_parse(file).body):
        for name, binding in _bound(statement, package):
            if name == "*" and isinstance(binding, _Import):
                stars.append(binding.module)
            elif at_margin:
                bindings[name] = [binding]
            else:
                bindings.setdefault(name, []).append(binding)
    return _Top(bindings, tuple(stars))


@cache
def _parse(file: Path) -> ast.Module:
    return ast.parse(file.read_bytes(), filename=str(file))


def _statements(body: list[ast.stmt], at_margin: bool = True) -> Iterator[tuple[ast.stmt, bool]]:
    for statement in body:
        yield statement, at_margin
        match statement:
            case ast.If(body=first, orelse=other) | ast.For(body=first, orelse=other):
                yield from _statements([*first, *other], False)
            case ast.With(body=inner):
                yield from _statements(inner, False)
            case ast.Try(body=first, handlers=handlers, orelse=other, finalbody=last):
                handled = [line for handler in handlers for line in handler.body]
                yield from _statements([*first, *other, *handled, *last], False)


def _bound(statement: ast.stmt, package: str) -> Iterator[tuple[str, _Binding]]:
    match statement:
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            yield statement.name, statement
        case ast.ImportFrom(module=source, names=names, level=level):
            module = _absolute(source or "", level, package)
            for item in names:
                yield item.asname or item.name, _Import(module, item.name)
        case ast.Import(names=names):
            for item in names:
                root = item.name.split(".")[0]
                yield item.asname or root, _Import(item.name if item.asname else root, None)
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ) if parts := _dotted(value):
            yield name, tuple(parts)


def _absolute(source: str, level: int, package: str) -> str:
    """Make a relative import (`..base`: level 2) absolute."""
    if not level:
        return source
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - (level - 1)], *filter(None, [source])])


def _is_module_import(binding: _Binding) -> bool:
    return isinstance(binding, _Import) and (
        binding.name is None or is_module(f"{binding.module}.{binding.name}")
    )


def _follow(
    module: str, name: str, seen: frozenset[tuple[str, str]] = frozenset()
) -> Definition | Module | None:
    if (module, name) in seen:
        return None
    seen = seen | {(module, name)}
    for binding in _top(module).bindings.get(name, ()):
        match binding:
            case _Import(module=source, name=None):
                found = Module(source) if is_module(source) else None
            case _Import(module=source, name=str() as original):
                found = _follow(source, original, seen)
            case tuple():
                found = _attributes(_follow(module, binding[0], seen), binding[1:], seen)
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                found = Definition(module, name, binding)
        if found:
            return found
    if is_module(f"{module}.{name}"):
        return Module(f"{module}.{name}")
    found = (_follow(source, name, seen) for source in _top(module).stars)
    return next(filter(None, found), None)


def _attributes(
    found: Definition | Module | None,
    names: list[str] | tuple[str, ...],
    seen: frozenset[tuple[str, str]] = frozenset(),
) -> Definition | Module | None:
    for name in names:
        if not isinstance(found, Module):
            return None
        found = _follow(found.name, name, seen)
    return found


def _dotted(expression: ast.expr) -> list[str]:
    """Return the parts of a name or dotted name, or none."""
    match expression:
        case ast.Name(id=name):
            return [name]
        case ast.Attribute(value=owner, attr=name) if parts := _dotted(owner):
            return [*parts, name]
        case _:
            return []
