from __future__ import annotations

import ast
import sys

import pytest

from kerascfg.naming.source import (
    Definition,
    Module,
    find_definition,
    is_module,
    public_names,
    resolve_dotted,
)


def place(module: str, name: str) -> str | None:
    found = find_definition(module, name)
    return f"{found.module}.{found.name}" if found else None


def test_a_name_is_followed_through_imports_and_their_aliases(write_module):
    package = write_module(
        a="class Layer: pass",
        b="from PKG.a import Layer as Base",
        c="from PKG.b import (\n    Base as Other,  # (why)\n)",
    )
    assert place(f"{package}.c", "Other") == f"{package}.a.Layer"


def test_a_name_is_followed_through_assignments(write_module):
    package = write_module(a="def f(): pass\ng = f\nh: object = g")
    assert place(f"{package}.a", "h") == f"{package}.a.f"


def test_relative_imports_are_counted_from_the_package(write_module):
    package = write_module(a="def f(): pass", b="from .a import f", __init__="from .b import f")
    assert place(package, "f") == f"{package}.a.f"


def test_star_imports_hold_what_the_module_itself_does_not(write_module):
    package = write_module(
        a="def f(x): pass\ndef g(): pass", b="from PKG.a import *\ndef f(y): pass"
    )
    assert place(f"{package}.b", "f") == f"{package}.b.f"
    assert place(f"{package}.b", "g") == f"{package}.a.g"
    assert public_names(f"{package}.b") == ["f", "g"]


def test_stars_in_a_circle_end(write_module):
    package = write_module(a="from PKG.b import *", b="from PKG.a import *")
    assert place(f"{package}.a", "f") is None
    assert public_names(f"{package}.a") == []


def test_of_alternatives_the_first_that_is_there_counts(write_module):
    package = write_module(
        a="""
        try:
            from nowhere_to_be_found import Layer
        except ImportError:
            class Layer: pass
        if True:
            def f(): pass
        else:
            f = None
        """
    )
    assert place(f"{package}.a", "Layer") == f"{package}.a.Layer"
    assert place(f"{package}.a", "f") == f"{package}.a.f"


def test_a_later_definition_hides_an_earlier_one(write_module):
    package = write_module(a="def f(old): pass\ndef f(new): pass")
    found = find_definition(f"{package}.a", "f")
    assert found and isinstance(found.tree, ast.FunctionDef)
    assert found.tree.args.args[0].arg == "new"


def test_what_functions_and_classes_hold_is_no_name_of_the_module(write_module):
    package = write_module(
        a="""
        def outer():
            from os import system
            def inner(): pass
        class Holder:
            def method(self): pass
        """
    )
    assert public_names(f"{package}.a") == ["Holder", "outer"]
    assert place(f"{package}.a", "inner") is None
    assert place(f"{package}.a", "system") is None


def test_text_at_the_margin_neither_defines_nor_ends_a_definition(write_module):
    text = [
        "def f(x):",
        '    """A text.',
        "class Fake: no Python at all",
        "def f(wrong)",
        '"""',
        "    return x",
        "def g(): pass",
    ]
    package = write_module(a="\n".join(text))
    found = find_definition(f"{package}.a", "f")
    assert found and isinstance(found.tree, ast.FunctionDef)
    assert [arg.arg for arg in found.tree.args.args] == ["x"]
    assert place(f"{package}.a", "Fake") is None
    assert place(f"{package}.a", "g") == f"{package}.a.g"


def test_imported_modules_are_followed_by_their_attributes(write_module):
    package = write_module(a="class Layer: pass", b="import PKG.a\nimport PKG.a as short")
    assert resolve_dotted(f"{package}.b.short.Layer") == find_definition(f"{package}.a", "Layer")
    assert isinstance(resolve_dotted(f"{package}.b.{package}.a.Layer"), Definition)
    assert public_names(f"{package}.b") == []


def test_a_folder_without_init_is_a_package_too(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "bare_folder").mkdir()
    (tmp_path / "bare_folder" / "layers.py").write_text("class Scale: pass")
    assert resolve_dotted("bare_folder") == Module("bare_folder")
    assert isinstance(resolve_dotted("bare_folder.layers.Scale"), Definition)


@pytest.mark.parametrize("name", ["", ".", "keras..layers", "no such.thing", "a-b", "..os"])
def test_what_is_no_name_is_no_module(name: str):
    assert not is_module(name)


def test_nothing_is_imported(write_module):
    package = write_module(a="raise RuntimeError('imported')\nclass Layer: pass")
    assert place(f"{package}.a", "Layer")
    assert not any(name.startswith(package) for name in sys.modules)
