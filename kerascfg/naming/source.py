"""Find definitions in source files without importing anything.

Importing Keras takes seconds and runs code; a check may do neither. So a name is followed as a
reader would follow it: open the module's file, find the line that defines or imports the name,
and go on from there. Only the few lines that define it are parsed; where a definition is not at
the margin of its file (inside `if` or `try`), the whole file is parsed instead.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r"^from[ \t]+(\S+)[ \t]+import[ \t]+(\([^)]*\)|[^\n(]+)", re.MULTILINE)
_DEFINITION = re.compile(r"^(?:async[ \t]+def|def|class)[ \t]+(\w+)", re.MULTILINE)
_ALIAS = re.compile(r"^(\w+)[ \t]*=[ \t]*([A-Za-z_][\w.]*)[ \t]*$", re.MULTILINE)
_MARGIN = re.compile(r"^[^\s#)\]}]", re.MULTILINE)
_PUBLIC = re.compile(r"^[A-Za-z]\w*$")


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


def find_definition(module: str, name: str, _seen: frozenset = frozenset()) -> Definition | None:
    """Follow `module.name` through imports and aliases to the class or function it names.

    Args:
        module: dotted name of a module; none of its parents is imported.
        name: an attribute of it.

    Returns:
        The definition, or None where the source does not show one.
    """
    found = _follow(module, name, _seen)
    return found if isinstance(found, Definition) else None


def resolve_dotted(dotted: str) -> Definition | Module | None:
    """Resolve `package.module.Name`, splitting it where the modules end."""
    parts = dotted.split(".")
    found: Definition | Module | None = Module(parts[0]) if module_file(parts[0]) else None
    for part in parts[1:]:
        if not isinstance(found, Module):
            return None
        found = _follow(found.name, part)
    return found


def public_names(module: str) -> list[str]:
    """List the names that a module defines or imports by name, without a leading underscore."""
    file = module_file(module)
    if file is None:
        return []
    index = _index(file)
    names = {*index.definitions, *index.imports, *index.aliases}
    return sorted(name for name in names if _PUBLIC.match(name))


@cache
def module_file(dotted: str) -> Path | None:
    """Return the source file of a module, importing nothing (not even its parents)."""
    root, *rest = dotted.split(".")
    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    folders = [Path(place) for place in spec.submodule_search_locations or ()]
    file = Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None
    for part in rest:
        for folder in folders:
            if (folder / part / "__init__.py").is_file():
                file, folders = folder / part / "__init__.py", [folder / part]
                break
            if (folder / f"{part}.py").is_file():
                file, folders = folder / f"{part}.py", []
                break
        else:
            return None
    return file


def _follow(
    module: str, name: str, seen: frozenset[tuple[str, str]] = frozenset()
) -> Definition | Module | None:
    if (module, name) in seen:
        return None
    seen = seen | {(module, name)}
    file = module_file(module)
    if file is None:
        return None
    index = _index(file)
    if name in index.definitions:
        return Definition(module, name, _parse_definition(index, name))
    if name in index.imports:
        source, original = index.imports[name]
        return _imported(_absolute(source, module, file), original, seen)
    if name in index.aliases:
        return _attributes(module, index.aliases[name].split("."), seen)
    if module_file(f"{module}.{name}"):
        return Module(f"{module}.{name}")
    for source in index.stars:
        if found := _follow(_absolute(source, module, file), name, seen):
            return found
    return _follow_in_tree(module, file, name, seen)


def _imported(module: str, name: str, seen: frozenset) -> Definition | Module | None:
    if name == "":
        return Module(module)
    return _follow(module, name, seen) or (
        Module(f"{module}.{name}") if module_file(f"{module}.{name}") else None
    )


def _attributes(module: str, parts: list[str], seen: frozenset) -> Definition | Module | None:
    found = _follow(module, parts[0], seen)
    for part in parts[1:]:
        if not isinstance(found, Module):
            return None
        found = _follow(found.name, part, seen)
    return found


def follow_expression(module: str, expression: ast.expr) -> Definition | Module | None:
    """Follow a name or dotted name as it stands in the code of `module` (a base class, say)."""
    try:
        return _attributes(module, ast.unparse(expression).split("."), frozenset())
    except (ValueError, RecursionError):
        return None


def _absolute(source: str, module: str, file: Path) -> str:
    """Make a relative import (`..base`) absolute."""
    dots = len(source) - len(source.lstrip("."))
    if not dots:
        return source
    package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
    package = package[: len(package) - (dots - 1)]
    return ".".join([*package, *filter(None, [source.lstrip(".")])])


@dataclass(frozen=True)
class _Index:
    text: str
    definitions: dict[str, int]
    imports: dict[str, tuple[str, str]]
    aliases: dict[str, str]
    stars: tuple[str, ...]


@cache
def _index(file: Path) -> _Index:
    text = file.read_text(encoding="utf-8", errors="replace")
    imports: dict[str, tuple[str, str]] = {}
    stars = []
    for match in _IMPORT.finditer(text):
        names = re.sub(r"#[^\n]*", "", match[2]).strip("() \n")
        for item in filter(None, (part.strip() for part in names.split(","))):
            original, _, alias = (word.strip() for word in item.partition(" as "))
            if original == "*":
                stars.append(match[1])
            else:
                imports[alias or original] = (match[1], original)
    for match in re.finditer(r"^import[ \t]+([^\n#]+)", text, re.MULTILINE):
        for item in match[1].split(","):
            dotted, _, alias = (word.strip() for word in item.partition(" as "))
            imports[alias or dotted.split(".")[0]] = (
                dotted if alias else dotted.split(".")[0],
                "",
            )
    definitions = {match[1]: match.start() for match in _DEFINITION.finditer(text)}
    aliases = {match[1]: match[2] for match in _ALIAS.finditer(text)}
    return _Index(text, definitions, imports, aliases, tuple(stars))


def _parse_definition(index: _Index, name: str) -> ast.ClassDef | ast.FunctionDef:
    start = index.definitions[name]
    body = index.text.find("\n", start)
    for end in _MARGIN.finditer(index.text, body) if body > 0 else ():
        try:
            return ast.parse(index.text[start : end.start()]).body[0]  # type: ignore[return-value]
        except SyntaxError:
            continue  # text at the margin inside a multi-line string: the definition goes on
    return ast.parse(index.text[start:]).body[0]  # type: ignore[return-value]


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8", errors="replace"))


def _follow_in_tree(
    module: str, file: Path, name: str, seen: frozenset
) -> Definition | Module | None:
    for node in ast.walk(_tree(file)):
        match node:
            case ast.ClassDef() | ast.FunctionDef() if node.name == name and node.col_offset:
                if not _inside_definition(file, node):
                    return Definition(module, name, node)
            case ast.ImportFrom(module=source, names=names, level=level):
                for alias in names:
                    if (alias.asname or alias.name) == name:
                        origin = _absolute("." * level + (source or ""), module, file)
                        if found := _imported(origin, alias.name, seen):
                            return found
            case _:
                pass
    return None


def _inside_definition(file: Path, node: ast.AST) -> bool:
    owners = [
        owner
        for owner in ast.walk(_tree(file))
        if isinstance(owner, ast.ClassDef | ast.FunctionDef) and owner is not node
    ]
    return any(node in ast.walk(owner) for owner in owners)
