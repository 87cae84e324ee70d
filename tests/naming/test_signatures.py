from __future__ import annotations

import itertools

import pytest

from kerascfg.naming.signatures import REQUIRED, UNREADABLE, signature_of
from kerascfg.naming.source import find_definition


@pytest.fixture
def signature(write_module):
    numbers = itertools.count()

    def of(text: str, name: str = "It"):
        module = f"module_{next(numbers)}"
        package = write_module(**{module: text})
        definition = find_definition(f"{package}.{module}", name)
        assert definition is not None
        return signature_of(definition)

    return of


def test_defaults_are_read_where_they_are_literals(signature):
    found = signature("def It(a, b=1, *, c='x', d, e=print): pass")
    assert found.arguments == {"a": REQUIRED, "b": 1, "c": "x", "d": REQUIRED, "e": UNREADABLE}
    assert found.required == ("a", "d")
    assert not found.open


def test_stars_are_no_arguments_but_are_told(signature):
    found = signature("def It(x, *values, **more): pass")
    assert list(found.arguments) == ["x"]
    assert found.variadic == "values"
    assert found.open


def test_arguments_that_only_stand_by_position_cannot_be_named(signature):
    assert list(signature("def It(a, b=1, /, c=2): pass").arguments) == ["c"]


def test_a_class_takes_its_own_and_its_bases_arguments(signature):
    found = signature(
        """
        class Top:
            def __init__(self, name=None): pass
        class Base(Top):
            def __init__(self, rank, units=3, **kwargs):
                super().__init__(**kwargs)
        class It(Base):
            def __init__(self, filters, **kwargs):
                super().__init__(2, **kwargs)
        """
    )
    assert found.arguments == {"filters": REQUIRED, "units": 3, "name": None}
    assert not found.open


def test_what_a_class_fills_in_itself_is_not_taken(signature):
    found = signature(
        """
        class Base:
            def __init__(self, rank, units=3, kind="a"): pass
        class It(Base):
            def __init__(self, **kwargs):
                super(It, self).__init__(rank=1, kind="b", **kwargs)
        """
    )
    assert found.arguments == {"units": 3}


def test_a_class_without_more_arguments_hides_its_bases(signature):
    found = signature(
        """
        class Base:
            def __init__(self, units): pass
        class It(Base):
            def __init__(self, filters=1):
                super().__init__(filters)
        """
    )
    assert found.arguments == {"filters": 1}


def test_a_class_without_constructor_has_its_bases(signature):
    found = signature("class A:\n  def __init__(self, x=1): pass\nclass It(A): pass")
    assert found.arguments == {"x": 1}
    assert signature("class Plain: pass", "Plain").arguments == {}


def test_further_arguments_that_no_base_reads_may_be_anything(signature):
    assert signature("class It:\n  def __init__(self, a, **options): pass").open
    assert signature("from nowhere import B\nclass It(B):\n  def __init__(self, **k): pass").open


def test_the_fields_of_a_dataclass_are_its_arguments(signature):
    found = signature(
        """
        from dataclasses import dataclass, field
        from typing import ClassVar
        @dataclass
        class Base:
            a: int
        @dataclass(frozen=True)
        class It(Base):
            kind: ClassVar[str] = "x"
            b: list = field(default_factory=list)
            c: float = field(default=0.5)
            d: int = field(init=False, default=1)
        """
    )
    assert found.arguments == {"a": REQUIRED, "b": UNREADABLE, "c": 0.5}


def test_what_a_base_called_by_its_name_refuses_is_refused(signature):
    found = signature(
        """
        class Base:
            def __init__(self, name=None):
                if not isinstance(name, str): raise ValueError()
        class It(Base):
            def __init__(self, *, name=None, **kwargs):
                Base.__init__(self, name=name)
        """
    )
    assert found.kinds["name"].check(5, "name")
    assert found.kinds["name"].check(None, "name") is None


def test_a_text_that_classes_share_documents_their_arguments(signature):
    found = signature(
        '''
        shared = """size: Integer. How large.
                rate: Float. How
                    fast."""
        class Base:
            def __init__(self, size=None, rate=None): pass
        class It(Base):
            """A thing.

            Args:
                {{shared}}
            """
            def __init__(self, size=None, rate=None): pass
        '''
    )
    assert found.kinds["size"].check("abc", "size")
    assert found.kinds["rate"].check("abc", "rate")


def test_a_class_that_derives_from_its_own_name_ends(signature):
    assert signature("from nowhere import It\nclass It(It):\n  def __init__(self, **k): pass").open


def test_keras_layers_have_the_arguments_that_python_hides_behind_kwargs():
    definition = find_definition("keras.layers", "Conv2D")
    assert definition is not None
    found = signature_of(definition)
    assert {"filters", "kernel_size", "dilation_rate", "trainable", "name"} <= set(found.arguments)
    assert "rank" not in found.arguments
    assert found.required == ("filters", "kernel_size")
    assert not found.open
