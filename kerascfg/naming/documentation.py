"""What the source says of a class or function and of its arguments, for people to read.

Read from docstrings in Google's style, as Keras writes them, without importing anything.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache

from kerascfg.naming.signatures import signature_of
from kerascfg.naming.source import Definition, find_definition, follow_expression, statements

_SECTION = re.compile(r"^(?:Args|Arguments):[ ]*\n((?:[ ]+.*\n|[ ]*\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"((?:`?\*{0,2}\w+`?(?:, | and )?)+?)(?: ?\([^()]*\))?:(?: (.*))?$")
_HEADING = re.compile(r"[A-Z][\w -]*:+$|```|>>>")
_PLACEHOLDER = re.compile(r"^.*\{\{(\w+)\}\}", re.MULTILINE)
"""Keras fills in what all optimizers share from a text of their base class's module."""


def documented_arguments(definition: Definition) -> dict[str, str]:
    """Return what the documentation says of each argument, that of base classes included.

    Args:
        definition: a class or function. Of a class the docstring and its constructor's are read,
            then those of its bases, for the arguments that it does not describe itself.

    Returns:
        Argument -> plain text; paragraphs and items of lists stand on lines of their own.
    """
    signature = signature_of(definition)
    described = _described(definition.module, definition.name)
    known = described if signature.open else signature.arguments
    return {name: described[name] for name in known if name in described}


def summary_of(definition: Definition) -> str:
    """Return the first paragraph of the documentation on one line, or "" where there is none."""
    lines: list[str] = []
    for line in (ast.get_docstring(definition.tree) or "").splitlines():
        if not line.strip() or _HEADING.match(line):
            break
        lines.append(line.strip())
    return " ".join(lines)


@cache
def _described(module: str, name: str) -> dict[str, str]:
    """Return what is said of arguments, of those too that a class hands on to its base itself."""
    definition = find_definition(module, name)
    if definition is None:
        return {}
    bases = list(_bases(definition))
    described: dict[str, str] = {}
    for tree in (definition.tree, _constructor(definition.tree)):
        described = {**_entries(ast.get_docstring(tree) or "" if tree else ""), **described}
    for base in bases:
        described = {**_described(base.module, base.name), **described}
    for placeholder in _PLACEHOLDER.findall(ast.get_docstring(definition.tree) or ""):
        shared = textwrap.indent(inspect.cleandoc(_text_of(definition, placeholder)), "  ")
        described.update(_entries(f"Args:\n{shared}"))
    return described


def _bases(definition: Definition) -> Iterator[Definition]:
    for expression in getattr(definition.tree, "bases", ()):
        found = follow_expression(definition.module, expression)
        if isinstance(found, Definition) and found != definition:
            yield found


def _constructor(tree: ast.AST) -> ast.FunctionDef | None:
    body = tree.body if isinstance(tree, ast.ClassDef) else ()
    inits = (n for n in body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
    return next(inits, None)


def _text_of(definition: Definition, name: str) -> str:
    """Return the text to which a name is bound where the class or one of its bases stands."""
    for statement in statements(definition.module):
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Constant(value=str(text))):
                if target == name:
                    return text
    return next(filter(None, (_text_of(base, name) for base in _bases(definition))), "")


def _entries(documentation: str) -> dict[str, str]:
    """Read the section `Args:`; what stands deeper than an entry's name goes on with it."""
    section = _SECTION.search(documentation + "\n")
    texts: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in textwrap.dedent(section[1]).splitlines() if section else ():
        entry = _ENTRY.match(line)
        if _PLACEHOLDER.match(line):
            lines = []
        elif entry:
            lines = [entry[2] or ""]
            texts.update((name.strip("`*"), lines) for name in re.split(", | and ", entry[1]))
        else:
            lines.append(line)
    return {name: text for name, lines in texts.items() if (text := _joined(lines))}


def _joined(lines: list[str]) -> str:
    """Join the lines of a paragraph; a blank line and an item of a list begin a new one."""
    text = ""
    for line in map(str.strip, lines):
        begins = not line or line.startswith(("- ", "* ")) or re.match(r"\d+[.)] ", line)
        text += "\n" * bool(begins) if not line else ("\n" if begins else " ") + line
    return re.sub(r" *\n\s*", "\n", text).strip()
