"""What the source says of a class or function and of its arguments, for people to read.

Read from docstrings in Google's style, as Keras writes them, without importing anything.
"""

from __future__ import annotations

import ast
import re
import textwrap
from functools import cache

from kerascfg.naming.docstrings import docstring_of
from kerascfg.naming.signatures import signature_of
from kerascfg.naming.source import Definition, bases_of, find_definition

_SECTION = re.compile(r"^(?:Args|Arguments|Attributes):[ ]*\n((?:[ ]+.*\n|[ ]*\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"((?:`?\*{0,2}\w+`?(?:, | and )?)+?)(?: ?\([^()]*\))?:(?: (.*))?$")
_HEADING = re.compile(r"[A-Z][\w -]*:+$|```|>>>")


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
    described: dict[str, str] = {}
    for tree in (definition.tree, _constructor(definition.tree)):
        text = docstring_of(definition.module, tree) if tree else ""
        described = {**_entries(text), **described}
    for base in bases_of(definition.module, definition.tree):
        described = {**_described(base.module, base.name), **described}
    return described


def _constructor(tree: ast.AST) -> ast.FunctionDef | None:
    body = tree.body if isinstance(tree, ast.ClassDef) else ()
    inits = (n for n in body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
    return next(inits, None)


def _entries(documentation: str) -> dict[str, str]:
    """Read the section `Args:`; what stands deeper than an entry's name goes on with it."""
    section = _SECTION.search(documentation + "\n")
    texts: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in textwrap.dedent(section[1]).splitlines() if section else ():
        entry = _ENTRY.match(line)
        if entry:
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
