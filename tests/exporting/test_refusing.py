import pytest

from kerascfg.exporting.refusing import opening, refusing
from kerascfg.exporting.target import Refused


def test_a_known_error_is_a_refusal_with_the_first_line_that_tells():
    with (
        pytest.raises(Refused, match=r"^it cannot be read: no kernel for Det$") as caught,
        refusing("it cannot be read", ValueError, KeyError),
    ):
        raise ValueError("\n  no kernel for Det\nask somebody else\n")
    assert isinstance(caught.value.__cause__, ValueError)


def test_an_error_without_words_is_told_by_its_kind():
    with (
        pytest.raises(Refused, match="it cannot be read: NotImplementedError"),
        refusing("it cannot be read", NotImplementedError),
    ):
        raise NotImplementedError


def test_every_other_error_stays_a_failure():
    with pytest.raises(OSError, match="no space"), refusing("it cannot be read", ValueError):
        raise OSError("no space left on device")


def test_an_error_in_which_nothing_of_the_model_is_found_stays_a_failure():
    with (
        pytest.raises(ValueError, match="no space"),
        refusing("", ValueError, reason=lambda message: None),
    ):
        raise ValueError("no space left on device")


def test_a_refusal_stays_as_it_is():
    with pytest.raises(Refused, match=r"^it has texts$"), refusing("it cannot be read", Exception):
        raise Refused("it has texts")


def test_the_opening_is_the_first_lines_as_one():
    assert opening("calling Odd.call().\n\n  no such operation\n\nlater\n") == (
        "calling Odd.call(). no such operation"
    )
