"""The docstring of a class or function as Keras shows it, what several classes share filled in.

Keras writes `{{base_optimizer_keyword_args}}` into the docstrings of its optimizers, and replaces
it, when it is imported, by a text of their base class's module.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap

from kerascfg.naming.source import bases_of, statements

_PLACEHOLDER = re.compile(r"^ *\{\{(\w+)\}\}$", re.MULTILINE)
_INDENT = "    "
"""Of the entries in `Args:`; not all of Keras's placeholders stand as deep as these."""

Tree = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def docstring_of(module: str, tree: Tree) -> str:
    """Return the docstring of what `tree` defines, "" where it has none.

    Args:
        module: the module in which the definition stands.
        tree: the definition.
    """
    text = ast.get_docstring(tree) or ""
    for placeholder in _PLACEHOLDER.finditer(text):
        shared = inspect.cleandoc(_shared(module, tree, placeholder[1]))
        text = text.replace(placeholder[0], textwrap.indent(shared, _INDENT))
    return text


def _shared(module: str, tree: Tree, name: str) -> str:
    """Return the text that has a name where a class or one of its bases stands."""
    for statement in statements(module):
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Constant(value=str(text))):
                if target == name:
                    return text
    found = (_shared(base.module, base.tree, name) for base in bases_of(module, tree))
    return next(filter(None, found), "")
