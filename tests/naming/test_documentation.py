from __future__ import annotations

from kerascfg.naming import find
from kerascfg.naming.documentation import documented_arguments, summary_of
from kerascfg.naming.source import Definition, find_definition


def definition(package: str, name: str) -> Definition:
    found = find_definition(f"{package}.code", name)
    assert found is not None
    return found


CODE = '''
class Base:
    """Something.

    Args:
        rate: The rate of the base.
        seed: A seed.
    """
    def __init__(self, rate=1, seed=None, hidden=0, **kwargs): pass

class Thing(Base):
    """Does a thing
    in two lines.

    More of it.

    Args:
        size (int): How large,
            in pixels. One of:

            - `small`: few
            - `large`: many
        rate, **kwargs: How fast.
    Returns:
        nothing: at all.
    """
    def __init__(self, size, **kwargs):
        super().__init__(hidden=1, **kwargs)

class Silent:
    def __init__(self, x):
        """Make it.

        Args:
            x: Told by the constructor.
        """

def function(x, y):
    """Adds.

    Args:
        x: First.
    """
'''


def test_the_text_of_an_argument_keeps_its_lists(write_module):
    arguments = documented_arguments(definition(write_module(code=CODE), "Thing"))
    assert arguments["size"] == "How large, in pixels. One of:\n- `small`: few\n- `large`: many"


def test_what_a_class_does_not_describe_its_base_does(write_module):
    arguments = documented_arguments(definition(write_module(code=CODE), "Thing"))
    assert arguments["rate"] == "How fast."
    assert arguments["seed"] == "A seed."


def test_the_constructor_and_functions_are_read_too(write_module):
    package = write_module(code=CODE)
    assert documented_arguments(definition(package, "Silent")) == {"x": "Told by the constructor."}
    assert documented_arguments(definition(package, "function")) == {"x": "First."}


def test_the_summary_is_the_first_paragraph(write_module):
    package = write_module(code=CODE)
    assert summary_of(definition(package, "Thing")) == "Does a thing in two lines."
    assert summary_of(definition(package, "Silent")) == ""


def test_only_arguments_that_can_be_given_are_described():
    found = find("Conv2D", "layer", "x")
    described = documented_arguments(found.definition)
    assert "dimension of the output space" in described["filters"]
    assert "variables should be trainable" in described["trainable"]
    assert "rank" not in described


def test_what_all_optimizers_share_is_filled_in():
    described = documented_arguments(find("Adam", "optimizer", "x").definition)
    assert described["clipnorm"].startswith("Float. If set, the gradient of each weight")
    assert "{{" not in described["amsgrad"]
